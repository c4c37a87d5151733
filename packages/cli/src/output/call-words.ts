import { usdText } from '@espalier/core';
import { faultWord } from '../activity/fault-word.ts';
import type { Call, Visit } from '../activity/visit.ts';
import { countText, ordinalText } from './quantities.ts';

/** What was called, and whether it only seems so: `write_file (reused)`; of a model also who was asked, if it goes by another name. */
export function calledText({ target, tries, isReused }: Call): string {
  const deployment = tries.at(-1)?.deployment;
  const asked = deployment === undefined || deployment === target ? target : `${target} → ${deployment}`;
  return isReused ? `${asked} (reused)` : asked;
}

/** The models that were asked, what it took until they answered, what an agent put right, and what it cost. */
export function modelDetails(visit: Visit): string[] {
  const calls = modelCallsOf(visit);
  const corrections = calls.filter((call) => call.correction).length;
  const cost = calls.flatMap(({ tries }) => tries).reduce((sum, { cost: each }) => sum + each, 0n);
  return [
    ...new Set(calls.map(calledText)),
    ...triesText(calls),
    ...(corrections > 0 ? [countText(corrections, 'self-correction')] : []),
    ...(cost > 0n ? [usdText(cost)] : []),
  ];
}

/** What took more than one try, and why: `2nd try after overloaded`. */
function triesText(calls: readonly Call[]): string[] {
  const again = calls.filter(({ tries }) => tries.length > 1);
  const [call] = again;
  if (!call) return [];
  const reasons = new Set(again.flatMap(({ tries }) => tries.slice(0, -1)).flatMap(({ error }) => (error ? [faultWord(error)] : [])));
  const after = reasons.size === 0 ? '' : ` after ${[...reasons].join(', ')}`;
  return [again.length > 1 ? `${countText(again.length, 'call')} tried again${after}` : `${ordinalText(call.tries.length)} try${after}`];
}

/** How deployments were chosen: `tier simple (complexity 0.12)`; each way once. */
export function routesOf(visit: Visit): string[] {
  const texts = modelCallsOf(visit).flatMap(({ route }) => (route ? [`tier ${route.tier} (${route.reasons.join(', ')})`] : []));
  return [...new Set(texts)];
}

/** What an agent was told to put right. */
export function correctedFaults(visit: Visit): string[] {
  return modelCallsOf(visit).flatMap(({ correction }) =>
    correction ? [`corrected ${correction.of === 'answer' ? 'its answer' : 'a tool call'}: ${correction.faults.join('; ')}`] : [],
  );
}

function modelCallsOf({ calls }: Visit): Call[] {
  return calls.filter(({ kind }) => kind === 'model');
}
