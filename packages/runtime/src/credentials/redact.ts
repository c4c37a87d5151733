import type { Secret } from './secret.ts';

/** Shorter pieces of Base64 occur in ordinary text. */
const shortestPiece = 8;

/**
 * `text` with every secret in it replaced by `[secret]`: as it is, escaped for URLs or JSON, or as Base64, also inside a longer encoded text
 * (`user:key`). Takes time in proportion to the text, for a given set of secrets.
 */
export function redact(text: string, secrets: readonly Secret[]): string {
  const forms = new Set(secrets.flatMap((secret) => formsOf(secret.reveal())));
  if (forms.size === 0) return text;
  // The longest first: a form may begin with another one.
  const longestFirst = [...forms].sort((left, right) => right.length - left.length);
  return text.replace(new RegExp(longestFirst.map(literal).join('|'), 'g'), '[secret]');
}

function formsOf(text: string): string[] {
  if (text === '') return [];
  const escaped = encodeURIComponent(text.toWellFormed());
  const lowerCase = escaped.replaceAll(/%../g, (code) => code.toLowerCase());
  return [text, escaped, lowerCase, JSON.stringify(text).slice(1, -1), ...base64Forms(Buffer.from(text))];
}

/** The whole in both alphabets, and what stays the same of it whatever stands before and after it in a longer text. */
function base64Forms(bytes: Buffer): string[] {
  const whole = [bytes.toString('base64'), bytes.toString('base64url')];
  const pieces = [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    // Each character carries 6 bits; the ones that share bits with a neighbour depend on it.
    const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6)];
    return [padded.toString('base64').slice(from, to), padded.toString('base64url').slice(from, to)];
  });
  return [...whole, ...pieces].filter((form) => form.length >= shortestPiece);
}

function literal(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, '\\$&');
}
