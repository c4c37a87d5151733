import {
  apply,
  type BudgetAlert,
  completed,
  decide,
  type EngineEvent,
  type Frame,
  type JournalEvent,
  type RunState,
  type Task,
  type TimedEvent,
} from '@espalier/core';
import type { NodeProgram } from '../ports/node-program.ts';
import { startTimer } from '../timers/timers.ts';
import { CommitQueue } from './commit-queue.ts';
import type { DriverPorts } from './driver.ts';
import { foldJournal } from './fold-journal.ts';
import type { Fork } from './fork.ts';
import { outcomesThatFit } from './lost-events.ts';
import { inputOf } from './merge-input.ts';
import type { ImmediateWork, PreparedNode, PreparedWorkflow } from './prepare.ts';
import { type ProgramHost, ProgramRunner } from './program-runner.ts';
import { type Parked, type RunResult, resultOf } from './run-result.ts';
import { nextWakeUp } from './wake-up.ts';

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
  /** How many events its journal has. */
  seq: number;
  prepared: PreparedWorkflow;
  ports: DriverPorts;
  observe?: ((event: JournalEvent) => void) | undefined;
  watch?: ((frame: Frame) => void) | undefined;
  parkAfterMs?: number | undefined;
  fork?: Fork | undefined;
}

/**
 * One run being driven: decide, perform, record, until it ends or is parked. All of its state changes go through `record`, apart from
 * those that others append to its journal: then the state is folded anew.
 */
export class RunLoop implements ProgramHost {
  readonly run: string;
  readonly ports: DriverPorts;
  readonly fork: Fork | undefined;
  /** Settles when the run has ended and its last event is in the journal, or when it is parked; rejects if the journal cannot be written. */
  readonly ended: Promise<RunResult>;
  readonly #prepared: PreparedWorkflow;
  readonly #watch: LoopOptions['watch'];
  readonly #parkAfterMs: number | undefined;
  readonly #queue: CommitQueue;
  readonly #programs: ProgramRunner;
  readonly #end = Promise.withResolvers<RunResult>();
  #state: RunState;
  #isOver = false;
  #flushIsDue = false;
  #advanceIsDue = false;
  /** Whether the loop is about to close, once what is recorded is in the journal. */
  #isClosing = false;
  #deadline: Deadline | undefined;
  #stopDeadline = () => {};

  constructor({ run, state, seq, prepared, ports, observe, watch, parkAfterMs, fork }: LoopOptions) {
    this.run = run;
    this.ports = ports;
    this.fork = fork;
    this.#state = state;
    this.#prepared = prepared;
    this.#watch = watch;
    this.#parkAfterMs = parkAfterMs;
    const takeUp = (journal: readonly JournalEvent[], lost: readonly TimedEvent[]) => this.#takeUp(journal, lost);
    this.#queue = new CommitQueue(ports.journal, run, { seq, observe, takeUp, onAlert: (alert) => this.#alert(alert) });
    this.#programs = new ProgramRunner(this, prepared);
    this.ended = this.#end.promise;
    this.ended.catch(() => {}); // whoever waits for it sees the error; nobody has to wait
  }

  get state(): RunState {
    return this.#state;
  }

  get workflow(): string {
    return this.#prepared.workflow.id;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Records a fact and everything that follows from it. Nothing is recorded once the run has ended or the loop is over. */
  record(fact: EngineEvent): void {
    if (this.#isOver || hasEnded(this.#state)) return;
    this.append(fact);
    this.#drain();
  }

  /** As in `EffectHost`. A journal that cannot be written ends the loop. */
  async flush(): Promise<boolean> {
    try {
      return await this.#queue.flush();
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

  show(frame: Frame): void {
    try {
      this.#watch?.(frame);
    } catch (thrown) {
      process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
    }
  }

  /** Takes up what others have appended to the journal, if anything. A journal that cannot be read ends the loop. */
  async refresh(): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.#queue.refresh();
    } catch (thrown) {
      this.fail(thrown);
      throw thrown;
    }
  }

  /** Takes up what a process before this one had begun, and carries on; what its journal left unsaid comes first. */
  resume(journal: readonly JournalEvent[], deadline?: Deadline): void {
    this.#drain();
    if (deadline) this.setDeadline(deadline);
    this.#programs.relaunch(journal);
    this.advance();
  }

  /** Ends the run at the deadline: at once if that has passed. */
  setDeadline(deadline: Deadline): void {
    if (hasEnded(this.#state)) return;
    this.#deadline = deadline;
    const left = deadline.at - this.ports.now();
    if (left > 0) this.#stopDeadline = startTimer(left, () => this.guard(() => this.#passDeadline(deadline)));
    else this.#passDeadline(deadline);
  }

  /** Performs whatever is ready, as far as concurrency allows. */
  advance(): void {
    for (let performed = 0; !this.#isOver; performed += 1) {
      // Timers and signals get their turn in a graph of pure nodes, too.
      if (performed === turnLength) {
        setImmediate(() => this.guard(() => this.advance()));
        break;
      }
      const decision = decide(this.#state);
      if (decision.do === 'stop') this.#closeAfterCommit();
      if (decision.do === 'wait' && this.#mayPark()) this.#closeAfterCommit();
      if (decision.do !== 'perform') break;
      const node = this.#nodeOf(decision.task);
      if ('now' in node.work) this.#performNow(decision.task, node, node.work.now);
      else if (this.#programs.work.busy < this.#prepared.workflow.concurrency) this.#begin(decision.task, node.work.program);
      else break;
    }
    if (this.#queue.isPending && !this.#isOver && !this.#isClosing) this.flushSoon();
  }

  /** For what happens in the middle of other work: a program that begins to wait gives its place to another. */
  advanceSoon(): void {
    if (this.#advanceIsDue) return;
    this.#advanceIsDue = true;
    queueMicrotask(() => {
      this.#advanceIsDue = false;
      this.guard(() => this.advance());
    });
  }

  #nodeOf(task: Task): PreparedNode {
    return this.#prepared.nodes[task.at.index] as PreparedNode;
  }

  #performNow(task: Task, node: PreparedNode, now: ImmediateWork): void {
    this.record(completed(task, now(inputOf(task, node), task.id)));
  }

  #begin(task: Task, program: NodeProgram): void {
    this.record({ type: 'node.started', payload: { task: task.id, node: task.at.id } });
    this.#programs.launch(task, program, this.ports.now());
  }

  #passDeadline({ ms }: Deadline): void {
    this.record({ type: 'run.deadline_passed', payload: { deadline_ms: ms } });
    this.advance();
  }

  onCommit(callback: () => void): void {
    this.#queue.onCommit(callback);
  }

  /** Callbacks have nobody to throw to: a defect in one ends the loop, and whoever waits for the run learns of it. */
  guard(step: () => void): void {
    try {
      step();
    } catch (thrown) {
      this.fail(thrown);
    }
  }

  append(event: EngineEvent, at = this.ports.now()): void {
    apply(this.#state, event);
    const { type, payload } = event;
    this.#queue.push({ seq: this.#state.seq, type, payload, at } as JournalEvent);
  }

  /** Everything that follows from the state goes into the same commit. */
  #drain(): void {
    for (let decision = decide(this.#state); decision.do === 'record'; decision = decide(this.#state)) {
      for (const event of decision.events) this.#programs.release(event);
      for (const event of decision.events) this.append(event);
    }
  }

  /** Goes on from a journal to which others have appended: what happened still holds, everything else is decided again (S13). */
  #takeUp(journal: readonly JournalEvent[], lost: readonly TimedEvent[]): void {
    if (this.#isOver) return;
    this.#isClosing = false;
    this.#state = foldJournal(this.#prepared.workflow, this.run, [...(this.fork?.before ?? []), ...journal]);
    for (const event of outcomesThatFit(this.#state, lost)) this.append(event, event.at);
    this.#programs.stopStrays();
    this.#drain();
    if (this.#deadline && this.#deadline.at <= this.ports.now()) this.#passDeadline(this.#deadline);
    this.#programs.relaunch(journal);
    this.advance();
  }

  /** Recorded with whatever comes next; a run that ended in the very commit has nothing more to say. */
  #alert(payload: BudgetAlert): void {
    this.record({ type: 'budget.alerted', payload });
    this.flushSoon();
  }

  #mayPark(): boolean {
    if (this.#state.status === 'queued') return true;
    if (this.#parkAfterMs === undefined || this.#programs.work.busy > 0) return false;
    if (this.#state.status === 'paused') return true;
    const wakeAt = this.#wakeAt();
    return wakeAt !== undefined && wakeAt - this.ports.now() > this.#parkAfterMs;
  }

  #wakeAt(): number | undefined {
    return nextWakeUp(this.#state, this.#programs.work, this.#deadline?.at);
  }

  /** Ends the loop when the journal has all that led to it; if anything came in meanwhile, that is looked at first. */
  #closeAfterCommit(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const { seq } = this.#state;
    const close = (isCommitted: boolean) => {
      if (!isCommitted || this.#isOver) return;
      this.#isClosing = false;
      if (this.#state.seq !== seq) this.advance();
      else if (hasEnded(this.#state)) this.#close();
      else if (this.#mayPark()) this.#close({ seq, wakeAt: this.#wakeAt() });
      else this.advance();
    };
    this.flush().then(
      (isCommitted) => this.guard(() => close(isCommitted)),
      () => {}, // the loop has ended with it
    );
  }

  #close(parked?: Parked): void {
    this.#stop();
    const result = resultOf(this.run, this.#state);
    const released = this.#queue.settled().then(() => this.ports.journal.release?.(this.run));
    released.then(
      () => this.#end.resolve(parked ? { ...result, parked } : result),
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
    this.#programs.stop();
  }
}

function hasEnded({ status }: RunState): boolean {
  return status === 'completed' || status === 'cancelled';
}
