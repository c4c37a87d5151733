import { type BudgetAlert, copyJson, EspalierError, isRequest, type JournalEvent, type Json, type TimedEvent } from '@espalier/core';
import type { Journal } from '../ports/journal.ts';

interface QueueOptions {
  /** Sequence number of the last event that the loop has seen. */
  seq: number;
  observe?: ((event: JournalEvent) => void) | undefined;
  /**
   * Called when others have appended: with the whole journal, and with what was pushed and is not in it. What of that still holds has to
   * be pushed again.
   */
  takeUp(journal: readonly JournalEvent[], lost: readonly TimedEvent[]): void;
  /** Called when a commit brought a budget to where a person should know. */
  onAlert(alert: BudgetAlert): void;
}

/**
 * Gathers the events of one run and appends them in order, one commit at a time: what comes in while a commit is being written rides in
 * the next (S9). Observers see every event of the journal once, in order, those of others included.
 */
export class CommitQueue {
  readonly #journal: Journal;
  readonly #run: string;
  readonly #observe: QueueOptions['observe'];
  readonly #takeUp: QueueOptions['takeUp'];
  readonly #onAlert: QueueOptions['onAlert'];
  #seq: number;
  #batch = newBatch();
  /** The batch that is being written, or was written last. */
  #writing = newBatch();
  #tail: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;

  constructor(journal: Journal, run: string, { seq, observe, takeUp, onAlert }: QueueOptions) {
    this.#journal = journal;
    this.#run = run;
    this.#seq = seq;
    this.#observe = observe;
    this.#takeUp = takeUp;
    this.#onAlert = onAlert;
  }

  /** Whether there are events that no commit has taken yet. */
  get isPending(): boolean {
    return this.#batch.events.length > 0;
  }

  push(event: TimedEvent): void {
    this.#batch.events.push(event);
  }

  /** Calls back when everything pushed so far is in the journal; never if it is lost. */
  onCommit(callback: () => void): void {
    this.#batch.afterwards.push(callback);
  }

  /** Resolves when nothing is being written any more, whatever came of it. */
  settled(): Promise<void> {
    return this.#tail.catch(() => {});
  }

  /** Resolves when nothing pushed so far is on its way: true if it is in the journal, false if it is lost. @throws as Journal. */
  flush(): Promise<boolean> {
    if (this.isPending && !this.#queued) {
      this.#queued = this.#tail.then(() => this.#write());
      this.#tail = this.#queued;
    }
    const last = this.isPending ? this.#batch : this.#writing;
    return (this.#queued ?? this.#tail).then(() => !last.isLost);
  }

  /** Takes up what others have appended, if anything. @throws as Journal. */
  refresh(): Promise<void> {
    this.#tail = this.#tail.then(async () => {
      const news = await this.#journal.read(this.#run, this.#seq);
      if (news.length > 0) await this.#catchUp(staleAt(this.#run, this.#seq), []);
    });
    return this.#tail;
  }

  #append(events: readonly TimedEvent[]): Promise<void> {
    return this.#journal.append(this.#run, this.#seq, events, this.#onAlert);
  }

  async #write(): Promise<void> {
    this.#queued = undefined;
    this.#writing = this.#batch;
    this.#batch = newBatch();
    const { events, afterwards } = this.#writing;
    // A batch that was lost meanwhile may leave nothing to write.
    if (events.length > 0) {
      try {
        await this.#append(events);
      } catch (thrown) {
        return this.#notWritten(thrown, events);
      }
      if (this.#observe) tell(this.#observe, this.#seq, events);
      this.#seq += events.length;
    }
    for (const callback of afterwards) callback();
  }

  async #notWritten(thrown: unknown, events: readonly TimedEvent[]): Promise<void> {
    if (!(thrown instanceof EspalierError)) throw thrown;
    if (thrown.code === 'budget.exceeded') return this.#writeRefused(thrown, events);
    if (thrown.code !== 'journal.stale_seq') throw thrown;
    await this.#catchUp(thrown, events);
  }

  /**
   * There is no money for a call that was about to begin: its refusal takes the place of its start, and everything else is written as it was.
   * What was recorded since then may rest on that start, and is decided again.
   */
  async #writeRefused(refusal: EspalierError, events: readonly TimedEvent[]): Promise<void> {
    const written = withRefusal(events, refusal);
    try {
      await this.#append(written);
    } catch (thrown) {
      return this.#notWritten(thrown, written);
    }
    if (this.#observe) tell(this.#observe, this.#seq, written);
    this.#seq += written.length;
    const journal = await this.#journal.read(this.#run);
    const news = journal.slice(this.#seq);
    if (isOfAnotherDriver(news)) throw staleAt(this.#run, this.#seq);
    const { afterwards } = this.#writing;
    this.#startOver(journal, []);
    for (const callback of afterwards) callback();
  }

  /** @throws `stale` if it was not requests alone that came first: then somebody else drives this run. */
  async #catchUp(stale: EspalierError, unwritten: readonly TimedEvent[]): Promise<void> {
    const journal = await this.#journal.read(this.#run);
    const news = journal.slice(this.#seq);
    if (this.#seq === 0 || news.length === 0 || isOfAnotherDriver(news)) throw stale;
    if (unwritten.length > 0) this.#writing.isLost = true;
    this.#startOver(journal, unwritten);
  }

  /** Goes on from the journal as it is; in one turn with what is recorded meanwhile, of which nothing may be in both. */
  #startOver(journal: readonly JournalEvent[], unwritten: readonly TimedEvent[]): void {
    const lost = [...unwritten, ...this.#batch.events];
    this.#batch.isLost = true;
    // What is flushed from now on rests on the journal as it is.
    [this.#batch, this.#writing] = [newBatch(), newBatch()];
    if (this.#observe) tell(this.#observe, this.#seq, journal.slice(this.#seq));
    this.#seq = journal.length;
    this.#takeUp(journal, lost);
  }
}

/** Events that are written together, and what is to be done once they are in the journal. */
interface Batch {
  events: TimedEvent[];
  afterwards: (() => void)[];
  /** Others came first, and it was never written. */
  isLost: boolean;
}

function newBatch(): Batch {
  return { events: [], afterwards: [], isLost: false };
}

/** Whether events that came in are more than requests of people, and not the end of the run either. */
function isOfAnotherDriver(news: readonly JournalEvent[]): boolean {
  const hasEnded = news.some(({ type }) => type === 'run.completed' || type === 'run.cancelled');
  return !hasEnded && !news.every(({ type }) => isRequest(type));
}

/** @throws the refusal itself if none of the events is what it is about. */
function withRefusal(events: readonly TimedEvent[], refusal: EspalierError): TimedEvent[] {
  const { key, try: number } = refusal.details ?? {};
  const index = events.findIndex(({ type, payload }) => type === 'effect.started' && payload.key === key && payload.try === number);
  const started = events[index];
  if (started?.type !== 'effect.started') throw refusal;
  const { task, node, kind, target, verdicts, try: attempt } = started.payload;
  const denial = { step: 'budget', decision: 'deny' as const, reason: refusal.message };
  const payload = {
    ...{ key: started.payload.key, task, node, ...(attempt > 1 ? { try: attempt } : {}), kind, target },
    verdicts: [...verdicts, denial],
    error: refusal.toFault(),
  };
  const refused: TimedEvent = { type: 'effect.refused', payload, at: started.at };
  // What came of it since it was recorded came of nothing.
  const isOfStart = ({ type, payload: other }: TimedEvent) =>
    outcomes.has(type) && 'key' in other && other.key === key && other.try === number;
  return events.with(index, refused).filter((event) => !isOfStart(event));
}

const outcomes: ReadonlySet<TimedEvent['type']> = new Set(['usage.recorded', 'usage.assumed', 'effect.completed']);

function staleAt(run: string, seq: number): EspalierError {
  const message = `Run ${run} has events after ${seq} that another driver has written.`;
  return new EspalierError('journal.stale_seq', message, { details: { run, expected: seq } });
}

/** An observer that throws is not the run's concern: the fault is shown as a warning and the rest goes on. */
function tell(observe: (event: JournalEvent) => void, seq: number, events: readonly TimedEvent[]): void {
  for (const [index, event] of events.entries()) {
    try {
      // A copy: an observer can change nothing.
      observe({ ...event, payload: copyJson(event.payload as Json), seq: seq + index + 1 } as JournalEvent);
    } catch (thrown) {
      process.emitWarning(thrown instanceof Error ? thrown : String(thrown));
    }
  }
}
