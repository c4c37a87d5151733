import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/**/*.test.ts', 'docs/**/*.test.ts', 'examples/**/*.test.ts', 'scripts/**/*.test.ts'],
    testTimeout: 20_000,
    coverage: { provider: 'v8', include: ['packages/*/src/**'], exclude: ['**/*.test.ts'], thresholds: { lines: 90 } },
  },
});
