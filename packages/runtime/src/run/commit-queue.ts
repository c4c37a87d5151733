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
  #batch: TimedEvent[] = [];
  /** What is to be done once the batch is in the journal. */
  #afterwards: (() => void)[] = [];
  #tail: Promise<void> = Promise.resolve();
  #queued: Promise<void> | undefined;
  /** How often events were lost because others had appended first. */
  #losses = 0;

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
    return this.#batch.length > 0;
  }

  push(event: TimedEvent): void {
    this.#batch.push(event);
  }

  /** Calls back when everything pushed so far is in the journal; never if it is lost. */
  onCommit(callback: () => void): void {
    this.#afterwards.push(callback);
  }

  /** Resolves when nothing is being written any more, whatever came of it. */
  settled(): Promise<void> {
    return this.#tail.catch(() => {});
  }

  /** Resolves when nothing pushed so far is on its way: true if it is in the journal, false if it is lost. @throws as Journal. */
  flush(): Promise<boolean> {
    const losses = this.#losses;
    if (this.#batch.length > 0 && !this.#queued) {
      this.#queued = this.#tail.then(() => this.#write());
      this.#tail = this.#queued;
    }
    return (this.#queued ?? this.#tail).then(() => losses === this.#losses);
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
    const [events, afterwards] = [this.#batch, this.#afterwards];
    [this.#batch, this.#afterwards] = [[], []];
    // A batch that was lost meanwhile may leave nothing to write.
    if (events.length > 0) {
      try {
        await this.#append(events);
      } catch (thrown) {
        if (!(thrown instanceof EspalierError)) throw thrown;
        if (thrown.code === 'budget.exceeded') return this.#writeRefused(thrown, { events, afterwards });
        if (thrown.code !== 'journal.stale_seq') throw thrown;
        return this.#catchUp(thrown, events);
      }
      if (this.#observe) tell(this.#observe, this.#seq, events);
      this.#seq += events.length;
    }
    for (const callback of afterwards) callback();
  }

  /**
   * There is no money for a call that was about to begin: its refusal takes the place of its start, and everything else is written as it was.
   * What was recorded since then may rest on that start, and is decided again.
   */
  async #writeRefused(
    refusal: EspalierError,
    { events, afterwards }: { events: readonly TimedEvent[]; afterwards: readonly (() => void)[] },
  ): Promise<void> {
    const written = withRefusal(events, refusal);
    try {
      await this.#append(written);
    } catch (thrown) {
      if (!(thrown instanceof EspalierError)) throw thrown;
      if (thrown.code === 'budget.exceeded') return this.#writeRefused(thrown, { events: written, afterwards });
      if (thrown.code !== 'journal.stale_seq') throw thrown;
      return this.#catchUp(thrown, written);
    }
    if (this.#observe) tell(this.#observe, this.#seq, written);
    this.#seq += written.length;
    for (const callback of afterwards) callback();
    const lost = this.#batch;
    [this.#batch, this.#afterwards] = [[], []];
    this.#losses += 1;
    this.#takeUp(await this.#journal.read(this.#run), lost);
  }

  /** @throws `stale` if it was not requests alone that came first: then somebody else drives this run. */
  async #catchUp(stale: EspalierError, unwritten: readonly TimedEvent[]): Promise<void> {
    const journal = await this.#journal.read(this.#run);
    const news = journal.slice(this.#seq);
    const hasEnded = news.some(({ type }) => type === 'run.completed' || type === 'run.cancelled');
    if (this.#seq === 0 || news.length === 0 || !(hasEnded || news.every(({ type }) => isRequest(type)))) throw stale;
    const lost = [...unwritten, ...this.#batch];
    [this.#batch, this.#afterwards] = [[], []];
    this.#losses += 1;
    if (this.#observe) tell(this.#observe, this.#seq, news);
    this.#seq = journal.length;
    this.#takeUp(journal, lost);
  }
}

/** @throws the refusal itself if none of the events is what it is about. */
function withRefusal(events: readonly TimedEvent[], refusal: EspalierError): TimedEvent[] {
  const { key, try: number } = refusal.details ?? {};
  const index = events.findIndex(({ type, payload }) => type === 'effect.started' && payload.key === key && payload.try === number);
  const started = events[index];
  if (started?.type !== 'effect.started') throw refusal;
  const { task, node, kind, target, verdicts } = started.payload;
  const denial = { step: 'budget', decision: 'deny' as const, reason: refusal.message };
  const further = started.payload.try > 1 ? { try: started.payload.try } : {};
  const payload = {
    key: started.payload.key,
    task,
    node,
    ...further,
    kind,
    target,
    verdicts: [...verdicts, denial],
    error: refusal.toFault(),
  };
  return events.with(index, { type: 'effect.refused', payload, at: started.at });
}

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
