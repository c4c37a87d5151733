import { defineConfig } from 'vitest/config';

/** Code that only runs under the test runner: what it covers says nothing. The same files as `isTestCode` of scripts/boundaries. */
const testCode = ['**/*.test.ts', '**/*.fixture.ts', '**/conformance.ts', '**/fixtures/**', '**/testing/**'];

export default defineConfig({
  test: {
    include: [
      'packages/**/*.test.ts',
      'docs/**/*.test.ts',
      'examples/**/*.test.ts',
      'scripts/**/*.test.ts',
      'bench/**/*.test.ts',
      'torture/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', 'bench/*/peers/**'],
    // The default leaves one core idle: on a machine with two, half of them.
    maxWorkers: '100%',
    // Property tests take seconds on an idle machine; a busy one with two slow cores must not fail them.
    testTimeout: 90_000,
    hookTimeout: 60_000,
    globalSetup: 'packages/store/src/testing/global-setup.ts',
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: testCode,
      reportOnFailure: true,
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        lines: 90,
        // What decides whether input from outside is sound (QA-1).
        'packages/core/src/manifest/shapes/**': { lines: 100 },
        'packages/core/src/wire/**': { lines: 100 },
        'packages/runtime/src/schema/**': { lines: 100 },
      },
    },
  },
});
