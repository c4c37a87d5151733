import { describe, expect, test } from 'vitest';
import { readRequest } from './read-request.ts';

describe('COG-2: what is asked, and what it is asked about', () => {
  test('the instructions and the last thing the user said are asked', () => {
    const { asked, whole } = readRequest([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'First question' },
      { role: 'assistant', content: 'First answer' },
      { role: 'user', content: 'Second question' },
    ]);
    expect(asked).toBe('Be brief.\n\nSecond question');
    expect(whole).toBe('Be brief.\nFirst question\nFirst answer\nSecond question');
  });

  test('of an agent’s request the input is asked, and stays so while its answers are corrected', () => {
    const { asked, whole } = readRequest([
      { role: 'user', content: '{"context":[{"from":"memory","value":"Remembered"}],"input":{"task":"Do it","parts":["one","two"]}}' },
      { role: 'assistant', content: '{"wrong":"answer"}' },
      { role: 'user', content: 'Your answer cannot be used.' },
    ]);
    expect(asked).toBe('Do it\n\none\n\ntwo');
    expect(whole.split('\n')).toEqual(['memory', 'Remembered', 'Do it', 'one', 'two', 'answer', 'Your answer cannot be used.']);
  });

  test('schemas and tools that instructions tell as JSON are not asked', () => {
    const { asked } = readRequest([
      {
        role: 'system',
        content: 'You plan.\n\nAnswer with JSON Schema: {"type":"object","why":"prove"}\n\nTools: [{"id":"compare"}] and more',
      },
    ]);
    expect(asked).toBe('You plan.\n\nAnswer with JSON Schema: \n\nTools: [');
  });

  test('blocks of code and quotations are what is asked about', () => {
    const { asked, whole } = readRequest([{ role: 'user', content: 'See:\n```ts\nwhy()\n```\n> prove it\nThanks' }]);
    expect(asked).toBe('See:\nThanks');
    expect(whole).toContain('why()');
  });

  test('of a long text its beginning and end are asked', () => {
    const { asked } = readRequest([{ role: 'user', content: `Begin ${'x '.repeat(5_000)}MIDDLE ${'x '.repeat(5_000)}End` }]);
    expect(asked).toMatch(/^Begin .*End$/s);
    expect(asked).not.toContain('MIDDLE');
  });

  test('JSON that cannot be read is text', () => {
    expect(readRequest([{ role: 'user', content: '{"input": oops' }]).asked).toBe('{"input": oops');
  });

  test('only the last twenty messages are read, and all instructions', () => {
    const { whole } = readRequest([
      { role: 'system', content: 'Rules' },
      ...Array.from({ length: 25 }, (_, index) => ({ role: 'user' as const, content: `said ${index}` })),
    ]);
    expect(whole.split('\n')).toEqual(['Rules', ...Array.from({ length: 20 }, (_, index) => `said ${index + 5}`)]);
  });
});
