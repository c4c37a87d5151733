import type { ModelFailure } from '../model-failure.ts';
import type { Addressee } from './addressee.ts';
import { failure } from './failure.ts';

/** Codes of a connection that was not made, so that nothing was sent. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$|CERT|SELF_SIGNED|^ERR_TLS/;
/** Node's own patience with a server that sends nothing: five minutes. */
const tookTooLong = /^UND_ERR_(HEADERS|BODY)_TIMEOUT$/;

/** A request that no answer came to, from what `fetch` rejected with. */
export function connectionFailure(thrown: unknown, address: string, addressee: Addressee): ModelFailure {
  const code = codeOf(thrown) ?? (isBadPort(thrown) ? 'ECONNREFUSED' : undefined);
  const words = `${code ?? 'connection lost'} at ${URL.parse(address)?.host ?? 'base_url'}; check base_url and the network`;
  if (code !== undefined && tookTooLong.test(code)) return failure('timed_out', addressee, { words, used: 'unknown' });
  const used = code !== undefined && neverConnected.test(code) ? 'none' : 'unknown';
  return failure('unavailable', addressee, { words, used });
}

/** The code of the innermost error that has one. */
function codeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const inner = codeOf(thrown.cause);
  if (inner !== undefined) return inner;
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** `fetch` itself refuses some ports, among them those that tests take for closed ones. */
function isBadPort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.cause instanceof Error && thrown.cause.message === 'bad port';
}
