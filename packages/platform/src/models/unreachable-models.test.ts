import { answering, failing } from '@espalier/runtime/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AskingPlatforms, askingPlatforms, testKey } from './testing/asking-platforms.ts';

const workflow = `
id: letters
nodes:
  - { id: begin, kind: deterministic, role: start, default_start: true }
  - { id: ask, kind: agent, agent_id: writer, role: linear }
  - { id: end, kind: deterministic, role: exit }
edges: [{ from: begin, to: ask }, { from: ask, to: end }]
`;

const credentials = {
  provider_credentials: [{ id: 'team-key', provider: 'anthropic', auth: { source: 'env', env_var: 'TEAM_ANTHROPIC_KEY' } }],
};

let at: AskingPlatforms;
beforeEach(async () => {
  at = await askingPlatforms();
  const price = { input: 3, output: 15 };
  const declared = {
    id: 'main',
    provider: 'anthropic',
    model: 'claude-x',
    base_url: at.upstream.baseUrl('anthropic'),
    max_retries: 0,
    price,
  };
  await at.write({ 'workflow.yaml': workflow, 'models.json': { deployments: [declared] } });
});

const agentAsking = (llm: string) => ({ 'agents.json': { agents: [{ id: 'writer', llm, prompt: 'Write.' }] } });

/** Why a run fails. */
async function reasonOf(files: Record<string, string | object>): Promise<string> {
  await at.write(files);
  const opened = await (await at.open()).open(at.directory);
  const { outcome, reason = '' } = await (await opened.run({ input: 'pears' })).ended;
  expect(outcome).toBe('failure');
  return reason;
}

describe('COG-1 what a person is told of a model that does not answer', () => {
  it('is whose key is wrong, in one sentence and without the key', async () => {
    at.upstream.script('anthropic', failing(401, { code: 'authentication_error', message: `invalid x-api-key ${testKey}` }));
    const reason = await reasonOf({ ...agentAsking('main'), 'provider_credentials.json': credentials });
    expect(reason).toBe(
      'ask: anthropic did not accept the key of the credential team-key for the model claude-x (401): “invalid x-api-key [secret]”.',
    );
    expect(at.upstream.requests).toHaveLength(1);
  });

  it('is which model there is none of, in one sentence', async () => {
    at.upstream.script('anthropic', failing(404, { code: 'not_found_error', message: 'model: claude-x' }));
    expect(await reasonOf(agentAsking('main'))).toBe(
      'ask: anthropic has no model claude-x here; check its name, base_url and region (404): “model: claude-x”.',
    );
    expect(at.upstream.requests).toHaveLength(1);
  });

  it('is that nobody is there, in one sentence', async () => {
    await at.upstream.close();
    expect(await reasonOf(agentAsking('main'))).toMatch(
      /^ask: anthropic\/claude-x failed or could not be reached: “ECONNREFUSED at 127\.0\.0\.1:\d+; check base_url and the network”\.$/,
    );
  });
});

describe('COG-1 where no provider is configured', () => {
  const nobody = { environment: { home: '/nowhere', variable: () => undefined } };

  it.each([
    [
      'by its usual variable',
      'anthropic/claude-sonnet-4-5',
      {},
      'model.unconfigured',
      /Set ANTHROPIC_API_KEY, .*provider_credentials\.yaml/,
    ],
    ['by a server of one’s own', 'openai-compatible/llama', {}, 'model.unpriced', /models\.yaml, with price/],
    ['by the variable that is named', 'main', { 'provider_credentials.json': credentials }, 'credential.missing', /TEAM_ANTHROPIC_KEY/],
  ])('%s a run does not begin, and is told what to set', async (_, llm, files, code, message) => {
    await at.write({ ...agentAsking(llm), ...files });
    const platform = await at.open(nobody);
    const opened = await platform.open(at.directory);
    await expect(opened.run({ input: 'pears' })).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(await platform.runs(10)).toEqual({ total: 0, runs: [] });
    expect(await platform.usage({ by: 'run' })).toEqual([]);
    expect(at.upstream.requests).toEqual([]);
  });

  it('is told of a way without any, which works', async () => {
    await at.write(agentAsking('anthropic/claude-sonnet-4-5'));
    const platform = await at.open(nobody);
    const refusal = await (await platform.open(at.directory)).run({ input: 'pears' }).catch((thrown: Error) => thrown.message);
    expect(refusal).toMatch(
      /^Agent writer: anthropic\/claude-sonnet-4-5 cannot be asked: .*To try without a provider, name offline\/text\.$/,
    );
    await at.write(agentAsking('offline/text'));
    const { outcome } = await (await (await platform.open(at.directory)).run({ input: 'pears' })).ended;
    expect(outcome).toBe('success');
  });

  it('is told before any agent asks, though only the last of its chain is not', async () => {
    at.upstream.script('anthropic', answering({ text: 'Dear all' }));
    await at.write({ 'agents.json': { agents: [{ id: 'writer', llm: 'main', fallback: ['openai/gpt-4.1'], prompt: 'Write.' }] } });
    const variable = (name: string) => (name === 'ANTHROPIC_API_KEY' ? testKey : undefined);
    const opened = await (await at.open({ environment: { home: '/nowhere', variable } })).open(at.directory);
    await expect(opened.run({ input: 'pears' })).rejects.toMatchObject({ message: expect.stringContaining('Set OPENAI_API_KEY') });
    expect(at.upstream.requests).toEqual([]);
  });
});
