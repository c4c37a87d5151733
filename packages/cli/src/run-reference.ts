import { EspalierError } from '@espalier/core';
import type { Platform } from '@espalier/platform';

const listedAtMost = 5;

/**
 * The id of the run that `reference` names: an id, the beginning of exactly one, or `last`.
 * @throws EspalierError `run.not_found`; `input.invalid` if several ids begin like that.
 */
export async function findRun(platform: Platform, reference: string): Promise<string> {
  const runs = await platform.runs();
  if (runs.includes(reference)) return reference;
  const last = runs.at(-1);
  if (last === undefined) throw new EspalierError('run.not_found', 'The state directory holds no runs yet.');
  if (reference === 'last') return last;
  const matches = reference === '' ? [] : runs.filter((run) => run.startsWith(reference));
  const [match, ...others] = matches;
  if (match === undefined) throw new EspalierError('run.not_found', `There is no run ${JSON.stringify(reference)} in the state directory.`);
  if (others.length === 0) return match;
  const listed = matches.slice(-listedAtMost).join(', ');
  const more = matches.length > listedAtMost ? ` and ${matches.length - listedAtMost} more` : '';
  throw new EspalierError('input.invalid', `${matches.length} runs begin with ${reference}: ${listed}${more}.`);
}
