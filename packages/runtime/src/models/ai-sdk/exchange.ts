import type { ModelFailure } from '../model-failure.ts';
import type { Addressee } from './addressee.ts';
import { complaintOfBody } from './complaint.ts';
import { connectionFailure } from './connection.ts';
import { failure } from './failure.ts';
import { failureKind } from './failure-kind.ts';
import { retryAfterMs } from './retry-after.ts';

/** More of an error's body is not read. */
const longestComplaint = 65_536;

/** One request over HTTP, watched from below the SDK: it is seen here as the provider sent it, whatever the SDK makes of it. */
export interface Exchange {
  /** For the SDK. Throws a ModelFailure for every answer but a good one. */
  readonly fetch: typeof globalThis.fetch;
  /** Whether a request has been sent. */
  readonly asked: boolean;
  /** Whether the answer broke off after it had begun. */
  readonly broken: boolean;
}

interface ExchangeOptions {
  addressee: Addressee;
  fetch: typeof globalThis.fetch;
  /** Called with every piece of a good answer that comes in. */
  onSign: () => void;
}

export function openExchange({ addressee, fetch, onSign }: ExchangeOptions): Exchange {
  const state = { asked: false, broken: false };
  return {
    get asked() {
      return state.asked;
    },
    get broken() {
      return state.broken;
    },
    fetch: async (input, init) => {
      if (state.asked) throw secondRequest(addressee);
      state.asked = true;
      const response = await send(fetch, input, init, addressee);
      if (!response.ok) throw await turnedDown(response, addressee);
      if (isPage(response)) throw failure('not_found', addressee, { words: 'it answered with a web page (text/html)', used: 'none' });
      return watched(response, { onSign, onBreak: () => (state.broken = true) });
    },
  };
}

/** Whoever answers with a page is no server of models: a proxy, or another address than was meant. */
function isPage({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/html') === true;
}

/** Redirects are not followed: they would take the key along, which is in a header of the provider's own. */
async function send(
  fetch: typeof globalThis.fetch,
  input: Parameters<typeof fetch>[0],
  init: RequestInit | undefined,
  addressee: Addressee,
): Promise<Response> {
  try {
    return await fetch(input, { ...init, redirect: 'manual' });
  } catch (thrown) {
    throw connectionFailure(thrown, input instanceof Request ? input.url : String(input), addressee);
  }
}

async function turnedDown(response: Response, addressee: Addressee): Promise<ModelFailure> {
  const complaint = complaintOfBody(await beginningOf(response), response.status);
  const kind = failureKind(complaint);
  return failure(kind, addressee, {
    status: response.status,
    words: complaint.words,
    retryAfterMs: retryAfterMs(response.headers) ?? complaint.retryAfterMs,
    // Azure has read the prompt that its filter then turns down, and a server that gives up waiting may have had it read: both are billed.
    used: kind === 'timed_out' || complaint.codes.has('content_filter') ? 'unknown' : 'none',
  });
}

async function beginningOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= longestComplaint) break;
    }
  } catch {
    // The status says enough.
  }
  return text.slice(0, longestComplaint);
}

interface Watch {
  onSign: () => void;
  onBreak: () => void;
}

function watched(response: Response, watch: Watch): Response {
  const { status, statusText, headers } = response;
  return new Response(response.body && watchedBody(response.body, watch), { status, statusText, headers });
}

function watchedBody(body: ReadableStream<Uint8Array>, { onSign, onBreak }: Watch): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read().catch((thrown: unknown) => {
        onBreak();
        throw thrown;
      });
      if (done) return controller.close();
      onSign();
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** One permit is for one request: the SDK of Google would have a long answer continued by itself, each time with the whole prompt. */
function secondRequest(addressee: Addressee): ModelFailure {
  const words = 'the answer needs a second request: set max_tokens to at most what the model gives at once';
  return failure('invalid', addressee, { words, used: 'unknown' });
}
