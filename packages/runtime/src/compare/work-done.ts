import { type EffectKind, isJsonObject, type JournalEvent, type Payload } from '@espalier/core';
import { isWait } from '../profile/tries.ts';
import { ownEvents } from '../run/history.ts';

/** The calls of one model, tool, handler or reducer in a run, each once, however often it was tried. */
export interface CallCounts {
  /** By the run itself. */
  performed: number;
  /** Taken over from what another run had on record. */
  reused: number;
  /** Before the run was forked. */
  inherited: number;
  refused: number;
}

/** The calls of one target. */
export interface TargetCalls extends CallCounts {
  kind: EffectKind;
  target: string;
  /** Whether nobody works meanwhile: a timer. */
  waits: boolean;
}

/** What the models of a run used, as far as its journal says. */
export interface TokensUsed {
  input: number;
  output: number;
}

/** What a run called, by target, in the order of the first calls. */
export function callsOf(history: readonly JournalEvent[]): TargetCalls[] {
  const tally: Tally = { targets: new Map(), begun: new Map(), underWay: new Map() };
  const forkedAt = history.length - ownEvents(history).length;
  for (const [index, event] of history.entries()) count(tally, event, index >= forkedAt);
  const calls = [...tally.targets.values()];
  return calls.filter(({ performed, reused, inherited, refused }) => performed + reused + inherited + refused > 0);
}

interface Tally {
  targets: Map<string, TargetCalls>;
  /** By key. */
  begun: Map<string, TargetCalls>;
  /** By task: the calls that ended in the node where it is, before the fork. */
  underWay: Map<string, TargetCalls[]>;
}

function count(tally: Tally, { type, payload }: JournalEvent, isOwn: boolean): void {
  switch (type) {
    case 'run.started':
      // What was under way when a run was forked counts as not begun (S3).
      for (const calls of [...tally.underWay.values()].flat()) calls.inherited -= 1;
      tally.underWay.clear();
      break;
    case 'effect.started':
      if (!tally.begun.has(payload.key)) begin(tally, payload, isOwn);
      break;
    case 'effect.refused':
      if (isOwn && !tally.begun.has(payload.key)) targetOf(tally.targets, payload).refused += 1;
      break;
    case 'effect.completed':
      complete(tally, payload, isOwn);
      break;
    case 'node.completed':
    case 'task.completed':
    case 'task.cancelled':
      tally.underWay.delete(payload.task);
      break;
  }
}

function begin({ targets, begun }: Tally, payload: Payload<'effect.started'>, isOwn: boolean): void {
  const calls = targetOf(targets, payload);
  begun.set(payload.key, calls);
  if (isOwn) calls.performed += 1;
}

function complete({ begun, underWay }: Tally, { key, task, reused_from: from }: Payload<'effect.completed'>, isOwn: boolean): void {
  const calls = begun.get(key);
  if (!calls) return;
  if (!isOwn) {
    calls.inherited += 1;
    underWay.set(task, [...(underWay.get(task) ?? []), calls]);
  } else if (from) {
    calls.performed -= 1;
    calls.reused += 1;
  }
}

function targetOf(targets: Map<string, TargetCalls>, { kind, target }: Pick<Payload<'effect.started'>, 'kind' | 'target'>): TargetCalls {
  const id = `${kind} ${target}`;
  const known = targets.get(id);
  if (known) return known;
  const calls = { kind, target, waits: isWait(kind), performed: 0, reused: 0, inherited: 0, refused: 0 };
  targets.set(id, calls);
  return calls;
}

/** What the providers counted in answers that the run itself asked for; null if no answer says so. */
export function tokensOf(journal: readonly JournalEvent[]): TokensUsed | null {
  const asked = journal.flatMap(({ type, payload }) => (type === 'effect.started' && payload.kind === 'model' ? [payload.key] : []));
  const models = new Set(asked);
  const used = journal.flatMap(({ type, payload }) => (type === 'effect.completed' && models.has(payload.key) ? usageIn(payload) : []));
  if (used.length === 0) return null;
  return used.reduce((sum, usage) => ({ input: sum.input + usage.input, output: sum.output + usage.output }));
}

/** An answer that was taken over costs nothing again. */
function usageIn({ reused_from: from, output }: Payload<'effect.completed'>): TokensUsed[] {
  const usage = !from && isJsonObject(output) ? output.usage : undefined;
  if (!isJsonObject(usage)) return [];
  const { input_tokens: input, output_tokens: produced } = usage;
  return typeof input === 'number' && typeof produced === 'number' ? [{ input, output: produced }] : [];
}

/** What the requests of the run itself have cost, in pico-dollars, assumed amounts included; null if it made none. */
export function costOf(journal: readonly JournalEvent[]): string | null {
  const costs = journal.flatMap(({ type, payload }) =>
    type === 'usage.recorded' || type === 'usage.assumed' ? [BigInt(payload.cost)] : [],
  );
  return costs.length === 0 ? null : String(costs.reduce((sum, cost) => sum + cost));
}
