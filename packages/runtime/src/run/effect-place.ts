import { type EffectRecord, type EngineEvent, EspalierError, effectKey, type Frame, type GraphNode, type RunState } from '@espalier/core';
import type { DriverPorts } from './driver.ts';
import type { Fork } from './fork.ts';

/** What performing an effect needs of the run around it. */
export interface EffectHost {
  readonly run: string;
  readonly ports: DriverPorts;
  /** The id of its workflow. */
  readonly workflow: string;
  readonly isOver: boolean;
  /** Set if the run is a fork. */
  readonly fork: Fork | undefined;
  /** Ask for it anew after every wait: when others have appended to the journal, another state takes its place. */
  readonly state: RunState;
  record(event: EngineEvent): void;
  /** Resolves when nothing recorded so far is on its way any more: true if the journal has it, false if others came first and it is lost. */
  flush(): Promise<boolean>;
  flushSoon(): void;
  /** Shows what a model says while it speaks, to whoever wants to see it (S24). */
  show(frame: Frame): void;
  /** Stops the run where it is, with nothing more written: it can be resumed once the cause is gone. */
  fail(thrown: unknown): void;
}

/** Which effect of which task. Tasks are named, not held: a task of another state may take the place of this one. */
export interface EffectPlace {
  task: string;
  node: GraphNode;
  /** Position in call order inside the node (S9). */
  ordinal: number;
  signal: AbortSignal;
  /** Keys of model calls whose start is on its way into the journal. */
  beginning: Set<string>;
}

export type Attempt = { key: string; task: string; node: string; try: number };

/** One try of the effect of a place, as its events name it. */
export function attemptAt(host: EffectHost, { task, node, ordinal }: EffectPlace, number: number): Attempt {
  return { key: effectKey(host.run, { task, node: node.id, ordinal }), task, node: node.id, try: number };
}

/** Effects belong to a node under way: code that goes on after its node ended has no effect any more. */
export function isUnderWay(host: EffectHost, { task: id, node, signal }: EffectPlace): boolean {
  const task = host.state.tasks.get(id);
  return !host.isOver && !signal.aborted && task?.phase === 'running' && task.at === node;
}

/** @throws EspalierError `effect.refused`; what the signal was aborted with. */
export function requireUnderWay(host: EffectHost, place: EffectPlace, target: string): void {
  if (!isUnderWay(host, place)) throw hasEnded(place, target);
}

/** Why an effect of a node that is not under way any more comes to nothing. */
export function hasEnded({ signal, node }: EffectPlace, target: string): unknown {
  return signal.aborted ? signal.reason : new EspalierError('effect.refused', `${target} was called by ${node.id}, which has ended.`);
}

/** What the state has of the effect at a place. */
export function recordAt(host: EffectHost, { task, ordinal }: EffectPlace): EffectRecord | undefined {
  return host.state.tasks.get(task)?.effects[ordinal];
}
