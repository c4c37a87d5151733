/* For tests: prints which provider packages a process has loaded once all providers were made, and once one of them was asked. */
import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  resolve(specifier, context, next) {
    const fromHere = context.parentURL?.includes('/src/models/') ?? false;
    if (fromHere && specifier.startsWith('@ai-sdk/')) loaded.add(specifier);
    return next(specifier, context);
  },
});

const { createProvider, providerNames } = await import('./providers.ts');
const { ask, testKey } = await import('./testing/open-provider.ts');
const settings = { apiKey: testKey, baseUrl: 'http://127.0.0.1:9' };
for (const name of providerNames) await createProvider(name, { ...settings, options: name === 'azure' ? { api_version: 'v1' } : {} });
const made = [...loaded];
await ask(await createProvider('openai-compatible', settings), { model: 'm' }).catch(() => {});
process.stdout.write(JSON.stringify({ made, asked: [...loaded] }));
