import { share } from '../durable/contender.ts';
import { type Call, CallTimer } from './call-timer.ts';
import type { Contender } from './contender.ts';

/** The floor: `fetch`, and no more of the answer understood than its text. */
export function bareFetch(): Contender {
  let url: string;
  let bodies: readonly string[];
  return {
    name: 'bare fetch',
    part: 'floor',
    async setup(setting) {
      url = `${setting.upstream.baseUrl}/chat/completions`;
      bodies = setting.bodies;
    },
    async converse(clients, conversations) {
      const calls: Call[] = [];
      await share(conversations, clients, async () => {
        const timer = new CallTimer();
        for (const body of bodies) {
          for await (const text of textsOf(await post(url, body))) timer.text(text);
          timer.done();
        }
        calls.push(...timer.calls());
      });
      return calls;
    },
    verify: async () => {},
    close: async () => {},
  };
}

async function post(url: string, body: string): Promise<Response> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  if (!response.ok) throw new Error(`The upstream answered ${response.status}`);
  return response;
}

/** The texts in a stream of server-sent events, each of which is one line here. */
async function* textsOf({ body }: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const text = line.startsWith('data: {') ? JSON.parse(line.slice(6)).choices[0]?.delta.content : undefined;
      if (text) yield text;
    }
  }
}
