import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EspalierError } from '@espalier/core';
import { type Evaluation, evaluationSchema, type Platform } from '@espalier/platform';

/**
 * The evaluation that `reference` names: an id, the beginning of exactly one, or a file ending in .json that `eval --json` wrote.
 * @param directory what paths are relative to. @throws EspalierError `evaluation.not_found`, `input.invalid`.
 */
export async function findEvaluation(platform: Platform, reference: string, directory: string): Promise<Evaluation> {
  return reference.endsWith('.json') ? readEvaluation(reference, resolve(directory, reference)) : platform.evaluation(reference);
}

/** The newest evaluation, of one workflow if it is named. */
export async function newestEvaluation(platform: Platform, workflow?: string): Promise<Evaluation | undefined> {
  const [newest] = await platform.evaluations({ limit: 1, workflow });
  return newest && platform.evaluation(newest.evaluation);
}

async function readEvaluation(shown: string, path: string): Promise<Evaluation> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new EspalierError('evaluation.not_found', `${shown} cannot be read.`, { cause });
  });
  const found = evaluationIn(text);
  if (found) return found;
  throw new EspalierError('input.invalid', `${shown} holds no evaluation; expected what \`espalier eval --json\` prints.`);
}

/** Beside the evaluation itself the command prints what it comes to. */
function evaluationIn(text: string): Evaluation | undefined {
  try {
    const { counts: _counts, comparison: _comparison, ...evaluation } = JSON.parse(text);
    return evaluationSchema.safeParse(evaluation).data;
  } catch {
    return undefined;
  }
}
