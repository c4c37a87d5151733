import type { FailureKind } from '../model-failure.ts';
import type { Complaint } from './complaint.ts';

/** What a complaint comes down to. The provider's own names of errors say more than the status, and its words more than `invalid`. */
export function failureKind({ status, codes, words }: Complaint): FailureKind {
  const told = kindByCode.find(([names]) => names.some((name) => codes.has(name)));
  if (told) return told[1];
  const kind = status === undefined ? (statusless(codes) ?? 'unavailable') : kindOfStatus(status);
  return kind === 'invalid' ? (kindByWords.find(([pattern]) => pattern.test(words))?.[1] ?? 'invalid') : kind;
}

const kindByCode: readonly (readonly [readonly string[], FailureKind])[] = [
  [['insufficient_quota', 'billing_error', 'billing_hard_limit_reached', 'insufficient_balance', 'insufficient_credits'], 'quota'],
  [['context_length_exceeded', 'request_too_large'], 'too_long'],
  [['model_not_found', 'deploymentnotfound', 'unsupported_country_region_territory'], 'not_found'],
  [['api_key_invalid', 'invalid_api_key'], 'unauthorised'],
];

/** Providers tell these with status 400 and a code that says no more than `invalid_request_error`. */
const kindByWords: readonly (readonly [RegExp, FailureKind])[] = [
  [/credit balance is too low|insufficient (balance|credits|funds)/i, 'quota'],
  [/context (length|window|limit)|maximum context|prompt is too long|input token count|too many input tokens/i, 'too_long'],
  [/api key (not valid|expired)|invalid api key/i, 'unauthorised'],
  [/location is not supported/i, 'not_found'],
];

/** Errors inside a stream have no status: only a name. */
const kindByName: Readonly<Record<string, FailureKind>> = {
  overloaded_error: 'overloaded',
  unavailable: 'overloaded',
  rate_limit_error: 'rate_limited',
  rate_limit_exceeded: 'rate_limited',
  resource_exhausted: 'rate_limited',
  authentication_error: 'unauthorised',
  permission_error: 'unauthorised',
  not_found_error: 'not_found',
  invalid_request_error: 'invalid',
  invalid_prompt: 'invalid',
  timeout_error: 'timed_out',
};

function statusless(codes: ReadonlySet<string>): FailureKind | undefined {
  return [...codes].map((code) => kindByName[code]).find((kind) => kind !== undefined);
}

function kindOfStatus(status: number): FailureKind {
  switch (status) {
    case 401:
    case 403:
      return 'unauthorised';
    case 402:
      return 'quota';
    case 404:
      return 'not_found';
    case 408:
      return 'timed_out';
    case 409:
      return 'unavailable';
    case 413:
      return 'too_long';
    case 429:
      return 'rate_limited';
    case 503:
    case 529:
      return 'overloaded';
    default:
      return status >= 500 ? 'unavailable' : status < 400 ? 'not_found' : 'invalid';
  }
}
