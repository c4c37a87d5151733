import {
  completed,
  type EngineEvent,
  EspalierError,
  type Fault,
  faultOf,
  type GraphNode,
  type JournalEvent,
  type NodeResult,
  type Task,
} from '@espalier/core';
import type { NodeProgram, NodeScope } from '../ports/node-program.ts';
import { abortion, startTimer } from '../timers/timers.ts';
import type { EffectHost } from './effect-place.ts';
import { assumption, completion, nothingUsed } from './effect-record.ts';
import { startTimes } from './lost-events.ts';
import { NodeScopes } from './node-scope.ts';
import type { PreparedWorkflow } from './prepare.ts';
import { type Work, WorkInFlight } from './work-in-flight.ts';

/** What the programs of a run need of its loop. */
export interface ProgramHost extends EffectHost {
  /** Records an event without what follows from it. */
  append(event: EngineEvent): void;
  /** Calls back when everything recorded so far is in the journal; never if it is lost. */
  onCommit(callback: () => void): void;
  advance(): void;
  /** As `advance`, but not in the middle of what is being done. */
  advanceSoon(): void;
  /** Runs a callback; a defect in it ends the loop. */
  guard(step: () => void): void;
}

/** The programs of one run: launches them, takes their results, stops them when their time is over or their task ends. */
export class ProgramRunner {
  /** The programs under way. */
  readonly work: WorkInFlight;
  readonly #host: ProgramHost;
  readonly #prepared: PreparedWorkflow;
  /** Made for the first program: many runs have none. */
  #scopes: NodeScopes | undefined;

  constructor(host: ProgramHost, prepared: PreparedWorkflow) {
    this.work = new WorkInFlight(() => host.advanceSoon());
    this.#host = host;
    this.#prepared = prepared;
  }

  /** Launches the program of a node that began at `startedAt`, in milliseconds since the epoch; fails the node if its time is over. */
  launch(task: Task, program: NodeProgram, startedAt: number): void {
    const { id, at, value } = task;
    const node = this.#nodeOf(task);
    const timeoutAt = node.timeoutMs === undefined ? undefined : startedAt + node.timeoutMs;
    if (timeoutAt !== undefined && timeoutAt <= this.#host.ports.now() && !hasTimerBefore(task, timeoutAt)) {
      this.#timeOut(id, at);
      return;
    }
    const controller = new AbortController();
    const work: Work = {
      task: id,
      node: at,
      value,
      timeoutAt,
      controller,
      stopTimer: () => {},
      effects: new Set(),
      beginning: new Set(),
      waits: 0,
      isWaiting: false,
    };
    if (timeoutAt !== undefined) work.stopTimer = this.#startTimeout(timeoutAt, id, at);
    this.work.add(work);
    this.#scopes ??= new NodeScopes(this.#host, this.work, this.#prepared.workflow.concurrency);
    const scope = this.#scopes.create(task, node, work);
    void carryOut(program, scope, work).then((result) => this.#host.guard(() => this.#settle(work, result)));
  }

  /** Launches the programs of nodes that the journal says are under way, and that are not so here. */
  relaunch(journal: readonly JournalEvent[]): void {
    const times = startTimes(journal);
    for (const task of this.#host.state.running) {
      const { work } = this.#nodeOf(task);
      if ('program' in work && !this.work.get(task.id)) this.launch(task, work.program, times.get(task.id) ?? this.#host.ports.now());
    }
  }

  /** Stops the programs of nodes that are not under way after all, now that others have appended to the journal. */
  stopStrays(): void {
    for (const work of [...this.work]) {
      if (!this.#taskAt(work.task, work.node)) this.#abort(work, { code: 'task.cancelled', message: 'the node is not under way' });
    }
  }

  /**
   * The open effects of a task that is about to end get their outcome first. Its program is told once the end is in the journal: until
   * then others may come first, and the task may not end after all.
   */
  release(event: EngineEvent): void {
    if (event.type !== 'task.cancelled' && event.type !== 'task.completed') return;
    const task = this.#host.state.tasks.get(event.payload.task);
    if (task?.phase !== 'running') return;
    const reason: Fault = { code: 'task.cancelled', message: event.payload.reason ?? 'the task ended' };
    this.#closeEffects(task, reason);
    const work = this.work.get(task.id);
    if (!work) return;
    this.#host.onCommit(() => {
      this.#abort(work, reason);
      this.#host.advanceSoon();
    });
  }

  /** Stops every program; nothing is recorded. */
  stop(): void {
    for (const work of [...this.work]) this.#abort(work, { code: 'run.cancelled', message: 'the run is over' });
  }

  #nodeOf(task: Task) {
    const node = this.#prepared.nodes[task.at.index];
    if (!node) throw new EspalierError('internal.defect', `Node ${task.at.id} was not prepared.`);
    return node;
  }

  #startTimeout(at: number, task: string, node: GraphNode): () => void {
    const end = () => {
      this.#timeOut(task, node);
      this.#host.advance();
    };
    return startTimer(at - this.#host.ports.now(), () => this.#host.guard(end));
  }

  #settle(work: Work, result: NodeResult): void {
    if (!this.work.remove(work) || this.#host.isOver) return;
    const task = this.#taskAt(work.task, work.node);
    // A result that comes in after the task was cancelled changes nothing.
    if (task) this.#host.record(completed(task, withOwnValue(task, work, result)));
    this.#host.advance();
  }

  /** Fails a node whose time is over. Whether its program heeds the signal or not, it is not waited for. */
  #timeOut(id: string, node: GraphNode): void {
    const work = this.work.get(id);
    const task = this.#taskAt(id, node);
    const error: Fault = { code: 'node.timed_out', message: `${node.id} did not end within ${node.manifest.timeout}.` };
    if (task && !this.#host.isOver) {
      this.#closeEffects(task, error);
      this.#host.record(completed(task, { outcome: 'failure', error }));
    }
    if (work) this.#abort(work, error);
  }

  /** The task, if it is under way at that node. */
  #taskAt(id: string, node: GraphNode): Task | undefined {
    const task = this.#host.state.tasks.get(id);
    return task?.phase === 'running' && task.at === node ? task : undefined;
  }

  /** Gives the open effects of a task an outcome. */
  #closeEffects(task: Task, reason: Fault): void {
    // Effects that are side by side may have gaps between them: one that waits for its admission has no record yet.
    for (const { key, target, try: number, result, reservation } of Object.values(task.effects)) {
      if (result) continue;
      const attempt = { key, task: task.id, node: task.at.id, try: number };
      const error = new EspalierError('effect.cancelled', `${target} was abandoned: ${reason.message}`).toFault();
      if (reservation)
        this.#host.append(this.#isBeginning(task, key) ? nothingUsed(attempt, error) : assumption(attempt, reservation, error));
      this.#host.append(completion(attempt, { outcome: 'failure', error }));
    }
  }

  /** Whether a model call has not been made yet, as its start is not in the journal. */
  #isBeginning(task: Task, key: string): boolean {
    return this.work.get(task.id)?.beginning.has(key) === true;
  }

  #abort(work: Work, { code, message }: Fault): void {
    this.work.remove(work);
    work.controller.abort(new EspalierError(code, message));
  }
}

/** Whether a timer of the task was due before that time: then it comes first, however late both are noticed. */
function hasTimerBefore({ effects }: Task, time: number): boolean {
  return Object.values(effects).some(({ dueAt, result }) => !result && dueAt !== undefined && dueAt <= time);
}

async function carryOut(program: NodeProgram, scope: NodeScope, { effects }: Work): Promise<NodeResult> {
  try {
    return await Promise.race([program(scope), abortion(scope.signal)]);
  } catch (thrown) {
    return { outcome: 'failure', error: faultOf(thrown, 'node.handler_failed') };
  } finally {
    // A node does not end before what it has begun: an effect that it no longer waits for has an outcome, too.
    if (effects.size > 0) await Promise.race([Promise.allSettled(effects), abortion(scope.signal)]).catch(() => {});
  }
}

/** A program that handed its input on did so whatever state its task is now part of: that is no new output. */
function withOwnValue(task: Task, work: Work, result: NodeResult): NodeResult {
  return result.outcome !== 'failure' && result.output === work.value ? { ...result, output: task.value } : result;
}
