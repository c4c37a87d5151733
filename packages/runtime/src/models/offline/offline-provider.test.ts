import { isJsonObject, type JsonObject } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { issuePermit } from '../../gate/permit.ts';
import type { ModelMessage, ModelRequest } from '../../ports/model.ts';
import { createOfflineProvider } from './offline-provider.ts';

const provider = createOfflineProvider();

function permit(target = 'offline/text') {
  return issuePermit({ kind: 'model', target, input: null });
}

function request(messages: ModelMessage[], schema?: JsonObject): ModelRequest {
  return { model: 'text', messages, config: {}, ...(schema === undefined ? {} : { schema }) };
}

function user(content: unknown): ModelMessage {
  return { role: 'user', content: typeof content === 'string' ? content : JSON.stringify(content) };
}

async function ask(messages: ModelMessage[], schema?: JsonObject): Promise<string> {
  return (await provider.generate(permit(), request(messages, schema), { signal: AbortSignal.timeout(60_000) })).text;
}

const article =
  'The ferry sails at nine. It carries forty cars and two hundred people. Storms stop the ferry about ten days a year. Tickets cost 12 EUR. Dogs travel free.';

describe('the offline provider', () => {
  it('says that it is no language model and serves one model', () => {
    expect(provider.notice).toContain('not a language model');
    expect([provider.serves('text'), provider.serves('outline'), provider.serves('')]).toEqual([true, false, false]);
  });

  it('S20: refuses a used permit and a permit for another model', async () => {
    const used = permit();
    await provider.generate(used, request([user('Hello')]), { signal: AbortSignal.timeout(60_000) });
    await expect(provider.generate(used, request([user('Hello')]), { signal: AbortSignal.timeout(60_000) })).rejects.toMatchObject({
      code: 'effect.refused',
    });
    await expect(
      provider.generate(permit('offline/other'), request([user('Hello')]), { signal: AbortSignal.timeout(60_000) }),
    ).rejects.toMatchObject({
      code: 'effect.refused',
    });
  });

  it('throws what the signal was aborted with', async () => {
    await expect(
      provider.generate(permit(), request([user('Hello')]), { signal: AbortSignal.abort(new Error('stopped')) }),
    ).rejects.toThrow('stopped');
  });

  it('COG-7: gives equal answers and counts to equal requests', async () => {
    const answers = await Promise.all(
      [1, 2].map(() => provider.generate(permit(), request([user('Draft a memo about tea')]), { signal: AbortSignal.timeout(60_000) })),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.usage.input_tokens).toBeGreaterThan(0);
    expect(answers[0]?.usage.output_tokens).toBeGreaterThan(0);
  });

  it('counts the schema as input', async () => {
    const schema: JsonObject = { type: 'object', description: 'word '.repeat(200) };
    const plain = await provider.generate(permit(), request([user('Hi')]), { signal: AbortSignal.timeout(60_000) });
    const shaped = await provider.generate(permit(), request([user('Hi')], schema), { signal: AbortSignal.timeout(60_000) });
    expect(shaped.usage.input_tokens - plain.usage.input_tokens).toBeGreaterThan(100);
  });

  it('reads input and context pieces, the newest piece first, and ignores corrections', async () => {
    const first = user({
      input: { instruction: 'Summarise' },
      context: [
        { from: 'a', value: { content: '# Old\n\nOld words.' } },
        { from: 'b', value: { content: `# Ferry\n\n${article}` } },
      ],
    });
    const answer = await ask([first]);
    expect(article).toContain(answer.split('. ')[0]);
    expect(await ask([first, { role: 'assistant', content: 'no' }, user('The answer must have a title.')])).toBe(answer);
  });

  it('takes plain text as the request when the message is not JSON', async () => {
    expect(await ask([user('Draft an agenda: roof, rent')])).toContain('# Agenda: Roof, Rent');
    expect(await ask([user('{"input": broken')])).toContain('#');
  });

  it('does what the prompt says to a text without an instruction', async () => {
    const answer = await ask([
      { role: 'system', content: 'You are a clerk. Summarise what you are given.' },
      user({ input: article, context: [] }),
    ]);
    expect(answer.length).toBeLessThan(article.length);
    expect(article).toContain(answer.split('. ')[0]);
  });

  it('answers a question with the sentences that share its words', async () => {
    expect(await ask([user({ input: { question: 'What do tickets cost?', document: article }, context: [] })])).toBe(
      'Tickets cost 12 EUR.',
    );
  });

  it('works with attachments as sources of a new document', async () => {
    const input = { instruction: 'Write a report about the ferry', attachments: [{ path: 'facts.txt', content: article }] };
    expect(await ask([user({ input, context: [] })])).toContain('- The ferry sails at nine.');
  });
});

describe('hostile input', () => {
  // Above the bounds that cut in analysis: 2,000 sentences, 20,000 characters to classify.
  const size = 24_000;
  const schema: JsonObject = {
    type: 'object',
    properties: {
      title: { type: 'string', maxLength: 80 },
      content: { type: 'string' },
      tags: { type: 'array', items: { type: 'string' } },
      category: { enum: ['a', 'b'] },
    },
    required: ['title'],
  };
  const floods = [
    'a',
    '.',
    '[',
    '](',
    '_',
    '*',
    '`',
    '#',
    '\n',
    ' ',
    '- x\n',
    '# x\n',
    '"',
    '😀',
    '\u0301',
    'and ',
    ', ',
    '> ',
    '1. ',
    'https://',
    'a@',
    'A ',
  ];

  // Every pass is linear and the answer quotes its input at most a few times, so the size of the answer bounds the work that was done.
  it.each(floods)('ends with an answer of bounded size for %j repeated', async (unit) => {
    const flood = unit.repeat(size / unit.length);
    for (const input of [
      flood,
      { instruction: 'Make it shorter', document: flood },
      { instruction: `Add a section about ${flood}`, document: flood },
    ]) {
      expect((await ask([user({ input, context: [] })])).length).toBeLessThan(4 * size);
      const filled: unknown = JSON.parse(await ask([user({ input, context: [] })], schema));
      expect(isJsonObject(filled) && typeof filled.title === 'string' && [...filled.title].length <= 80).toBe(true);
    }
  });

  it('ends for input nested thousands of levels deep', async () => {
    const nested = `${'['.repeat(5_000)}"deep"${']'.repeat(5_000)}`;
    expect(await ask([user(`{"input": ${nested}, "context": []}`)])).toContain('#');
  });

  it('edits the whole of a text that is longer than what it analyses', async () => {
    const long = `# Log\n\n${'One more line of the log.\n'.repeat(12_000)}\n## End\n\nThe last words.\n`;
    expect(await ask([user({ input: { instruction: 'Call it Diary', document: long }, context: [] })])).toBe(
      long.replace('# Log', '# Diary'),
    );
  });
});
