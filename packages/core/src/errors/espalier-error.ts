import type { JsonObject } from '../wire/json.ts';
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
    return this.details === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, details: this.details };
  }
}

/** Any thrown value as a fault; what is not an EspalierError gets `code`, and its message without the stack. */
export function faultOf(thrown: unknown, code: ErrorCode = 'internal.defect'): Fault {
  if (thrown instanceof EspalierError) return thrown.toFault();
  return { code, message: thrown instanceof Error ? thrown.message : String(thrown) };
}
