import {
  apply,
  completed,
  decide,
  type EngineEvent,
  EspalierError,
  type Fault,
  faultOf,
  type GraphNode,
  type JournalEvent,
  type Json,
  memoryOf,
  type NodeResult,
  type Outcome,
  type RunState,
  type RunStatus,
  type Task,
} from '@espalier/core';
import pLimit, { type LimitFunction } from 'p-limit';
import type { NodeProgram, NodeScope } from '../ports/node-program.ts';
import { abortion, startTimer } from '../timers/timers.ts';
import { CommitQueue } from './commit-queue.ts';
import type { DriverPorts } from './driver.ts';
import { type EffectHost, performEffect } from './effects.ts';
import { inputOf, mergeFailures } from './merge-input.ts';
import type { PreparedNode, PreparedWorkflow } from './prepare.ts';

/** How a run ended. `output` is the root task's value. */
export interface RunResult {
  run: string;
  /** `completed` or `cancelled`, unless the run is still under way. */
  status: RunStatus;
  outcome: Outcome | undefined;
  /** The exit node that the root task reached; without one the root task is blocked (S2). */
  exit: string | undefined;
  reason: string | undefined;
  output: Json;
}

/** A program under way. */
interface Work {
  controller: AbortController;
  stopTimer: () => void;
}

/** When a run must have ended, in milliseconds since the epoch, and how many that is after its start. */
interface Deadline {
  at: number;
  ms: number;
}

/** How many nodes are performed before others get a turn: at about 1 µs each, half a millisecond. */
const turnLength = 500;

interface LoopOptions {
  run: string;
  state: RunState;
  prepared: PreparedWorkflow;
  ports: DriverPorts;
  observe: ((event: JournalEvent) => void) | undefined;
}

/** One run being driven: decide, perform, record, until it ends. All of its state changes go through `record`. */
export class RunLoop implements EffectHost {
  readonly run: string;
  readonly state: RunState;
  readonly ports: DriverPorts;
  /** Settles when the run has ended and its last event is in the journal; rejects if the journal cannot be written. */
  readonly ended: Promise<RunResult>;
  readonly #prepared: PreparedWorkflow;
  readonly #queue: CommitQueue;
  /** Effects in flight, parallel ones of one node included (S16). */
  #effects: LimitFunction | undefined;
  readonly #inFlight = new Map<Task, Work>();
  readonly #end = Promise.withResolvers<RunResult>();
  #isOver = false;
  #flushIsDue = false;
  #stopDeadline = () => {};

  constructor({ run, state, prepared, ports, observe }: LoopOptions) {
    this.run = run;
    this.state = state;
    this.ports = ports;
    this.#prepared = prepared;
    this.#queue = new CommitQueue(ports.journal, run, { seq: state.seq, observe });
    this.ended = this.#end.promise;
    this.ended.catch(() => {}); // whoever waits for it sees the error; nobody has to wait
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Records a fact and everything that follows from it. Nothing is recorded once the run is over. */
  record(fact: EngineEvent): void {
    if (this.#isOver) return;
    this.#append(fact);
    this.#drain();
  }

  /** Resolves when everything recorded so far is in the journal. A journal that cannot be written ends the loop. */
  async flush(): Promise<void> {
    try {
      await this.#queue.flush();
    } catch (thrown) {
      this.fail(thrown);
      throw thrown;
    }
  }

  /** Writes what is recorded at the end of this turn of the event loop, with whatever else comes in until then. */
  flushSoon(): void {
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    setImmediate(() => {
      this.#flushIsDue = false;
      if (this.#queue.isPending && !this.#isOver) this.flush().catch(() => {});
    });
  }

  /** Takes up what a process before this one had begun, and carries on; what its journal left unsaid comes first. */
  resume(deadline?: Deadline): void {
    this.#drain();
    if (deadline && decide(this.state).do !== 'stop') this.setDeadline(deadline);
    for (const task of this.state.running) this.#launch(task, this.#nodeOf(task));
    this.advance();
  }

  /** Ends the run at the deadline: at once if that has passed. */
  setDeadline({ at, ms }: Deadline): void {
    const pass = () => {
      this.record({ type: 'run.deadline_passed', payload: { deadline_ms: ms } });
      this.advance();
    };
    const left = at - this.ports.now();
    if (left > 0) this.#stopDeadline = startTimer(left, () => this.#guard(pass));
    else pass();
  }

  /** Performs whatever is ready, as far as concurrency allows. */
  advance(): void {
    for (let performed = 0; !this.#isOver; performed += 1) {
      // Timers and signals get their turn in a graph of pure nodes, too.
      if (performed === turnLength) {
        setImmediate(() => this.#guard(() => this.advance()));
        break;
      }
      const decision = decide(this.state);
      if (decision.do === 'stop') this.#finish();
      if (decision.do !== 'perform') break;
      const node = this.#nodeOf(decision.task);
      if ('now' in node.work) this.#performNow(decision.task, node, node.work.now);
      else if (this.#inFlight.size < this.#prepared.workflow.concurrency) this.#launch(decision.task, node);
      else break;
    }
    if (this.#queue.isPending && !this.#isOver) this.flushSoon();
  }

  #nodeOf(task: Task): PreparedNode {
    return this.#prepared.nodes[task.at.index] as PreparedNode;
  }

  #performNow(task: Task, node: PreparedNode, now: (input: Json, task: string) => NodeResult): void {
    this.record(completed(task, now(inputOf(task, node), task.id)));
  }

  #launch(task: Task, node: PreparedNode): void {
    if (!('program' in node.work)) return;
    const at = task.at;
    if (task.phase === 'ready') this.record({ type: 'node.started', payload: { task: task.id, node: at.id } });
    const controller = new AbortController();
    const stopTimer = startTimer(node.timeoutMs, () => {
      this.#abandon(task, { code: 'node.timed_out', message: `${at.id} did not end within ${at.manifest.timeout}.` });
    });
    this.#inFlight.set(task, { controller, stopTimer });
    const scope = this.#scope(task, node, controller.signal);
    void this.#carryOut(node.work.program, scope).then((result) => this.#guard(() => this.#settle(task, at, result)));
  }

  async #carryOut(program: NodeProgram, scope: NodeScope): Promise<NodeResult> {
    try {
      return await Promise.race([program(scope), abortion(scope.signal)]);
    } catch (thrown) {
      return { outcome: 'failure', error: faultOf(thrown, 'node.handler_failed') };
    }
  }

  #scope(task: Task, node: PreparedNode, signal: AbortSignal): NodeScope {
    const { at } = task;
    let ordinal = 0;
    return {
      run: this.run,
      task: task.id,
      node: at,
      input: inputOf(task, node),
      isMerging: task.merging !== undefined,
      failures: mergeFailures(task),
      get memory() {
        return memoryOf(task);
      },
      signal,
      effect: (request) => {
        ordinal += 1;
        const place = { task, node: at, ordinal: ordinal - 1, signal };
        this.#effects ??= pLimit(this.#prepared.workflow.concurrency);
        return this.#effects(() => performEffect(this, place, request));
      },
    };
  }

  #settle(task: Task, node: GraphNode, result: NodeResult): void {
    this.#inFlight.get(task)?.stopTimer();
    this.#inFlight.delete(task);
    if (this.#isOver) return;
    // A result that comes in after the task was cancelled changes nothing.
    if (task.phase === 'running' && task.at === node) this.record(completed(task, result));
    this.advance();
  }

  /** Callbacks have nobody to throw to: a defect in one ends the loop, and whoever waits for the run learns of it. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  #append(event: EngineEvent): void {
    apply(this.state, event);
    const { type, payload } = event;
    this.#queue.push({ seq: this.state.seq, type, payload, at: this.ports.now() } as JournalEvent);
  }

  /** Everything that follows from the state goes into the same commit. */
  #drain(): void {
    for (let decision = decide(this.state); decision.do === 'record'; decision = decide(this.state)) {
      for (const event of decision.events) this.#release(event);
      for (const event of decision.events) this.#append(event);
    }
  }

  /** A task that is about to end has its work under way abandoned first. */
  #release(event: EngineEvent): void {
    if (event.type !== 'task.cancelled' && event.type !== 'task.completed') return;
    if (this.#inFlight.size === 0) return;
    const task = this.state.tasks.get(event.payload.task);
    if (task) this.#abandon(task, { code: 'task.cancelled', message: event.payload.reason ?? 'the task ended' });
  }

  /** Gives the open effect of a task an outcome, and tells its program to stop; whether the program heeds it or not, it is not waited for. */
  #abandon(task: Task, reason: Fault): void {
    const work = this.#inFlight.get(task);
    if (!work) return;
    // Effects that are side by side may have gaps between them: one that waits for its admission has no record yet.
    for (const { key, target, try: attempt, result } of Object.values(task.effects)) {
      if (result) continue;
      const error = new EspalierError('effect.cancelled', `${target} was abandoned: ${reason.message}`).toFault();
      this.#append({
        type: 'effect.completed',
        payload: { key, task: task.id, node: task.at.id, try: attempt, outcome: 'failure', error },
      });
    }
    work.controller.abort(new EspalierError(reason.code, reason.message));
  }

  #finish(): void {
    this.#stop();
    const released = this.#queue.flush().then(() => this.ports.journal.release?.(this.run));
    released.then(
      () => this.#end.resolve(resultOf(this.run, this.state)),
      (thrown) => this.#end.reject(thrown),
    );
  }

  /** Stops the run where it is, with nothing more written. */
  fail(thrown: unknown): void {
    if (this.#isOver) return;
    this.#stop();
    // What is being written ends first; then another process may take the run up.
    const released = this.#queue.settled().then(() => this.ports.journal.release?.(this.run));
    void released.catch(() => {}).then(() => this.#end.reject(thrown));
  }

  #stop(): void {
    this.#isOver = true;
    this.#stopDeadline();
    for (const { controller, stopTimer } of this.#inFlight.values()) {
      stopTimer();
      controller.abort(new EspalierError('run.cancelled', 'the run is over'));
    }
  }
}

/** How the run of a state ended. */
export function resultOf(run: string, state: RunState): RunResult {
  const root = state.started?.root;
  return {
    run,
    status: state.status,
    outcome: state.outcome,
    exit: root?.exit?.id,
    reason: state.reason ?? root?.reason,
    output: root?.value ?? null,
  };
}
