import { EspalierError } from '@espalier/core';
import type { Evaluation, EvaluationStore } from '@espalier/runtime/ports';

/** @param id an id, or the beginning of exactly one. @throws EspalierError `evaluation.not_found`, `input.invalid`. */
export async function foundEvaluation(store: EvaluationStore, id: string): Promise<Evaluation> {
  const exact = id === '' ? undefined : await store.get(id);
  if (exact) return exact;
  const [match, ...others] = id === '' ? [] : await store.list({ prefix: id, limit: 2 });
  if (others.length > 0) throw new EspalierError('input.invalid', `Several evaluations begin with ${id}; expected more of the id.`);
  const found = match && (await store.get(match.evaluation));
  if (found) return found;
  throw new EspalierError('evaluation.not_found', `There is no evaluation ${JSON.stringify(id)} here.`);
}
