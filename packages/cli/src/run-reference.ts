import { EspalierError } from '@espalier/core';
import type { Platform } from '@espalier/platform';

const listedAtMost = 5;

/**
 * The id of the run that `reference` names: an id, the beginning of exactly one, or `last`.
 * @throws EspalierError `run.not_found`; `input.invalid` if several ids begin like that.
 */
export async function findRun(platform: Platform, reference: string): Promise<string> {
  const [newest] = (await platform.runs(1)).runs;
  if (!newest) throw new EspalierError('run.not_found', 'There are no runs here yet.');
  if (reference === 'last') return newest.run;
  const matches = reference === '' ? [] : await platform.runsLike(reference, listedAtMost + 1);
  const [match, ...others] = matches;
  if (match === undefined) throw new EspalierError('run.not_found', `There is no run ${JSON.stringify(reference)} here.`);
  if (others.length === 0 || matches.includes(reference)) return others.length === 0 ? match : reference;
  const listed = matches.slice(0, listedAtMost).join(', ');
  const more = matches.length > listedAtMost ? ' and more' : '';
  throw new EspalierError('input.invalid', `Several runs begin with ${reference}: ${listed}${more}.`);
}
