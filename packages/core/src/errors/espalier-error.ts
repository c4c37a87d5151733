import { type JsonObject, jsonFault, storableText } from '../wire/json.ts';
import { type ErrorCode, errorCatalogue } from './catalogue.ts';

/** What a fault looks like inside an event or a response: plain data, never a stack trace. */
export interface Fault {
  code: ErrorCode;
  message: string;
  details?: JsonObject | undefined;
}

interface ErrorOptions {
  details?: JsonObject;
  cause?: unknown;
}

/** The one error that the platform throws. Expected outcomes (refused, invalid) are return values instead. */
export class EspalierError extends Error {
  readonly code: ErrorCode;
  readonly details: JsonObject | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EspalierError';
    this.code = code;
    this.details = options.details;
  }

  /** Whether the same call may succeed later without a change. */
  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }

  toFault(): Fault {
    return faultOf(this);
  }
}

/** Longer messages are cut: they come from other people's code. */
const maxMessageLength = 2000;

/**
 * Any thrown value as a fault that a journal can hold; what is not an EspalierError gets `code`, and its message without the stack.
 * Details that are not JSON are left out.
 */
export function faultOf(thrown: unknown, code: ErrorCode = 'internal.defect'): Fault {
  if (!(thrown instanceof EspalierError)) return { code, message: messageOf(thrown) };
  const { details } = thrown;
  const message = messageOf(thrown);
  return details === undefined || jsonFault(details) ? { code: thrown.code, message } : { code: thrown.code, message, details };
}

function messageOf(thrown: unknown): string {
  try {
    const said: unknown = thrown instanceof Error ? thrown.message : thrown;
    const text = typeof said === 'string' ? said : `threw a ${typeof said} instead of an error`;
    return storableText(text.length > maxMessageLength ? `${text.slice(0, maxMessageLength - 1)}…` : text);
  } catch {
    return 'threw what cannot be read';
  }
}
