import type { JournalEvent } from '@espalier/core';
import type { Evidence, Performance, RunEvidence, Violation } from '../evidence.ts';
import { isTerminal } from './check-runs.ts';

type Started = JournalEvent & { type: 'effect.started' };
type Completed = JournalEvent & { type: 'effect.completed' };

/** One effect: what the journal says about it and what its performers wrote down. */
interface Effect {
  run: string;
  key: string;
  starts: Started[];
  outcomes: Completed[];
  begins: Performance[];
  dones: Performance[];
  /** When the run ended by its journal. */
  endedAt: number | undefined;
}

/** What may be recorded of an effect that did not come to its end. */
const notKnown: ReadonlySet<string | undefined> = new Set(['effect.outcome_unknown', 'effect.cancelled']);

type Finding = [rule: string, message: string];

/** Nothing recorded is performed again, nothing is performed without a record, and what is unknown is said to be (S9, S10). */
export function checkEffects({ runs, performances, graceMs }: Pick<Evidence, 'runs' | 'performances' | 'graceMs'>): Violation[] {
  return effectsOf(runs, performances).flatMap((effect) => {
    const events = [...effect.starts, ...effect.outcomes].map(({ seq }) => seq);
    const violation = ([rule, message]: Finding) => ({ rule, run: effect.run, message: `${effect.key}: ${message}`, events });
    return [...recordFindings(effect), ...performanceFindings(effect), ...lateFindings(effect, graceMs)].map(violation);
  });
}

function effectsOf(runs: readonly RunEvidence[], performances: readonly Performance[]): Effect[] {
  const effects = new Map<string, Effect>();
  const endOf = new Map(runs.map(({ run, journal }) => [run, journal.findLast(isTerminal)?.at]));
  const effectOf = (run: string, key: string) => {
    const effect = effects.get(key) ?? { run, key, starts: [], outcomes: [], begins: [], dones: [], endedAt: endOf.get(run) };
    effects.set(key, effect);
    return effect;
  };
  for (const { run, journal } of runs) {
    for (const event of journal) {
      if (event.type === 'effect.started') effectOf(run, event.payload.key).starts.push(event);
      if (event.type === 'effect.completed') effectOf(run, event.payload.key).outcomes.push(event);
    }
  }
  for (const performance of performances) {
    const { begins, dones } = effectOf(performance.key.split('/', 1)[0] ?? '', performance.key);
    (performance.what === 'begin' ? begins : dones).push(performance);
  }
  return [...effects.values()];
}

/** What the journal alone must satisfy. */
function* recordFindings({ starts, outcomes, endedAt }: Effect): Iterable<Finding> {
  if (outcomes.length > 1) yield ['effect.recorded_again', `it has ${outcomes.length} outcomes`];
  const [outcome] = outcomes;
  if (!outcome && endedAt !== undefined && starts.length > 0) yield ['effect.open', 'its run has ended, and it has no outcome'];
  if (outcome && starts.some(({ seq }) => seq > outcome.seq)) yield ['effect.started_again', 'it was started after its outcome'];
  if (starts.some(({ payload }, index) => payload.try !== index + 1)) yield ['effect.tries', 'its tries are not counted from 1'];
}

/** What was done against what was recorded. */
function* performanceFindings({ starts, outcomes, begins, dones }: Effect): Iterable<Finding> {
  if (begins.length > starts.length) {
    yield ['effect.unrecorded', `it was begun ${begins.length} times and recorded as started ${starts.length} times`];
  }
  const [outcome] = outcomes;
  const isOurs = starts[0]?.payload.kind === 'handler'; // models write nothing down
  if (isOurs && outcome && dones.length === 0) {
    const { code } = outcome.payload.error ?? {};
    if (outcome.payload.outcome !== 'failure')
      yield ['effect.invented', `it is recorded as ${outcome.payload.outcome}, and nobody came to its end`];
    else if (!notKnown.has(code)) yield ['effect.unknown_unsaid', `nobody came to its end, and it is recorded as ${code}`];
  }
  const [first] = begins;
  if (!first) return;
  if (!first.repeatable && begins.length > 1) yield ['effect.repeated', `it may not be repeated, and was begun ${begins.length} times`];
  if (!first.repeatable && starts.length > 1) yield ['effect.restarted', 'it may not be repeated, and was started again'];
  if (starts[0] && first.at < starts[0].at) yield ['effect.too_early', 'it was begun before it was recorded'];
}

function* lateFindings({ begins, outcomes, endedAt }: Effect, graceMs: number): Iterable<Finding> {
  const last = begins.at(-1);
  if (!last) return;
  const [outcome] = outcomes;
  if (outcome && last.at > outcome.at + graceMs) {
    yield ['effect.performed_again', `it was begun ${last.at - outcome.at} ms after its outcome was recorded`];
  }
  if (endedAt !== undefined && last.at > endedAt + graceMs) {
    yield ['effect.after_end', `it was begun ${last.at - endedAt} ms after the end of its run`];
  }
}
