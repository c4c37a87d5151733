import { EspalierError, isJsonObject, storableText } from '@espalier/core';

/** What the function of a custom assertion says: true, false, or `{ passed, message }`. @throws EspalierError if it is anything else. */
export function readVerdict(answer: unknown): { passed: boolean; message?: string } {
  if (typeof answer === 'boolean') return { passed: answer };
  if (isJsonObject(answer) && typeof answer.passed === 'boolean') return { passed: answer.passed, ...messageOf(answer.message) };
  throw unusable(answer, 'true, false or { passed, message }');
}

/** What the function of a scored assertion says: a number, or `{ score, message }`. @throws EspalierError if it is anything else. */
export function readScore(answer: unknown): { score: number; message?: string } {
  if (typeof answer === 'number' && Number.isFinite(answer)) return { score: answer };
  if (isJsonObject(answer) && typeof answer.score === 'number' && Number.isFinite(answer.score)) {
    return { score: answer.score, ...messageOf(answer.message) };
  }
  throw unusable(answer, 'a number or { score, message }');
}

function messageOf(message: unknown): { message?: string } {
  return typeof message === 'string' ? { message: storableText(message) } : {};
}

/** A check that returns nothing has forgotten to; taking that for a pass would hide it for ever. */
function unusable(answer: unknown, expected: string): EspalierError {
  const found =
    answer === undefined ? 'nothing' : answer === null ? 'null' : typeof answer === 'number' ? String(answer) : `a ${typeof answer}`;
  return new EspalierError('node.handler_failed', `The function returned ${found}; expected ${expected}.`);
}
