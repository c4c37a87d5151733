import { compareRuns, type Platform } from '@espalier/platform';

/** Why a run went another way than one that went well: the first node that did not do the same, and what it did instead. */
export async function whereWaysPart(platform: Platform, good: string, other: string): Promise<string> {
  const { route } = compareRuns(await platform.inspect(good), await platform.inspect(other));
  const { parting } = route;
  if (!parting) return 'they went the same way';
  const { reason, left, right } = parting;
  if (reason === 'label') return `${left?.node} chose ${right?.label} instead of ${left?.label}`;
  return `${parting.task} at ${(left ?? right)?.node ?? 'its end'}: ${reason}`;
}
