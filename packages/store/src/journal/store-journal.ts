import { accountChanges, type BudgetAlert, EspalierError, type JournalEvent, type Json, type TimedEvent } from '@espalier/core';
import { type Artifacts, checkRunId, type Journal } from '@espalier/runtime/ports';
import { eventsOf, readRun } from '../archive/read-run.ts';
import type { Database, Statement } from '../database/database.ts';
import { databaseFault } from '../database/database-fault.ts';
import type { Commit, StreamAppend } from '../log/commit.ts';
import type { CommitOutcome, CommitWriter } from '../log/commit-writer.ts';
import type { NewEvent } from '../log/log-event.ts';
import type { Ownership } from '../runs/ownership.ts';
import { changesOf } from './journal-changes.ts';
import { journalEvents } from './journal-event.ts';

interface JournalParts {
  database: Database;
  writer: CommitWriter;
  ownership: Ownership;
  tenant: string;
  /** Where journals are that were archived. */
  artifacts?: Artifacts | undefined;
}

/** Who a run's own events are by. */
const actor = 'engine';

/** What this process knows of a run that it drives. */
export interface Held {
  epoch: number;
  task: string | null;
  /** Set once an append under it was written: before the first one a new run may not be there at all. */
  isWritten?: boolean;
}

/**
 * The journals of one tenant's runs on the event log. Appending needs the ownership of the run (S13): a new run belongs to whoever
 * writes its first event, others are taken at the first append if nobody drives them.
 */
export class StoreJournal implements Journal {
  readonly adapter: string;
  readonly #parts: JournalParts;
  readonly #held = new Map<string, Held>();
  readonly #taking = new Map<string, Promise<Held | undefined>>();

  constructor(parts: JournalParts) {
    this.adapter = parts.database.engine;
    this.#parts = parts;
  }

  async append(run: string, expectedSeq: number, events: readonly TimedEvent[], onAlert?: (alert: BudgetAlert) => void): Promise<void> {
    checkAppend(run, events);
    const own = [...events]; // the caller goes on using its array
    const known = this.#held.get(run);
    const held = known ?? (expectedSeq === 0 ? bornHeld(own) : await this.#take(run));
    if (!held) throw await this.#refusal(run, expectedSeq);
    this.#held.set(run, held);
    const { owner, leaseMs } = this.#parts.ownership;
    const isNew = !known && expectedSeq === 0;
    const outcome = await this.#write(run, { expectedSeq, held, events: own, owner, leaseMs, onAlert }).catch((thrown: unknown) => {
      if (isNew && isBudgetRefusal(thrown)) this.#drop(run, held); // others may make a run of that name
      throw thrown;
    });
    // What was taken for it stays until the caller releases it; a run that others made was never ours.
    if (outcome === 'refused' && isNew) this.#drop(run, held);
    if (outcome === 'refused') throw await this.#refusal(run, expectedSeq, known);
    held.isWritten = true;
    if (own.some(isTerminal)) this.#drop(run, held);
  }

  /** Writes the first events of a run for others to drive. @throws EspalierError `journal.stale_seq` if there is such a run. */
  async submit(run: string, events: readonly TimedEvent[]): Promise<void> {
    checkAppend(run, events);
    const outcome = await this.#write(run, { expectedSeq: 0, held: bornHeld(events), events, owner: null, leaseMs: 0 });
    if (outcome === 'refused') throw await this.#refusal(run, 0);
  }

  async read(run: string, after = 0): Promise<JournalEvent[]> {
    checkRunId(run);
    const { database, tenant, artifacts } = this.#parts;
    const stored = await readRun(database.kysely, { tenant, run, after });
    return journalEvents(run, await eventsOf(stored, artifacts, after), after);
  }

  async runs(): Promise<string[]> {
    const { database, tenant } = this.#parts;
    try {
      const query = database.kysely.selectFrom('espalier.runs').select('run').where('tenant', '=', tenant);
      return (await query.orderBy('started_at').orderBy('run').execute()).map(({ run }) => run);
    } catch (thrown) {
      throw databaseFault(thrown);
    }
  }

  /** Makes an ownership that was claimed elsewhere the one to append under. */
  hold(run: string, held: Held): void {
    this.#held.set(run, held);
  }

  /** The ownership under which this process appends to a run, if it does. */
  held(run: string): Held | undefined {
    return this.#held.get(run);
  }

  /** Forgets a run that is not owned any more. */
  forget(run: string): void {
    this.#held.delete(run);
  }

  /** Gives a run up; another process may take it at once. */
  async release(run: string): Promise<void> {
    const held = this.#held.get(run);
    this.#held.delete(run);
    if (held) await this.#parts.ownership.release({ tenant: this.#parts.tenant, run, epoch: held.epoch });
  }

  async close(): Promise<void> {
    await this.#parts.writer.idle();
    await Promise.all([...this.#held.keys()].map((run) => this.release(run)));
  }

  /** Forgets an ownership, unless another has taken its place: the same run may be ours once more. */
  #drop(run: string, held: Held): void {
    if (this.#held.get(run) === held) this.#held.delete(run);
  }

  #write(run: string, { expectedSeq, held, events, owner, leaseMs, onAlert }: Write): Promise<CommitOutcome> {
    const changes = changesOf(events, { run, task: held.task, after: expectedSeq });
    const stream = `run:${run}`;
    const streams: StreamAppend[] = [{ stream, expected: expectedSeq, epoch: held.epoch, actor, events: events.map(newEvent) }];
    if (changes.taskEvents.length > 0) streams.push({ stream: `task:${held.task}`, actor, events: changes.taskEvents });
    const commit: Commit = { tenant: this.#parts.tenant, streams };
    const accounts = accountChanges(events);
    if (accounts.length > 0) Object.assign(commit, { accounts: { run, changes: accounts }, onAlert });
    if (changes.task) commit.task = changes.task;
    if (expectedSeq === 0) {
      const first = events[0] as TimedEvent;
      const { workflow, workflow_hash: workflowHash } = first.type === 'run.started' ? first.payload : { workflow: '', workflow_hash: '' };
      const create = { task: held.task, workflow, workflowHash, owner, leaseMs, startedAt: first.at };
      commit.run = { status: 'running', wake: owner === null, ...changes.run, run, create };
      if (events.some(isTerminal)) create.owner = null;
    } else if (changes.run) commit.run = changes.run;
    return this.#parts.writer.write(commit);
  }

  /** Two appends that find the run not held yet take it once. */
  #take(run: string): Promise<Held | undefined> {
    const under = this.#taking.get(run);
    if (under) return under;
    const taking = this.#taken(run).finally(() => this.#taking.delete(run));
    this.#taking.set(run, taking);
    return taking;
  }

  async #taken(run: string): Promise<Held | undefined> {
    const { ownership, tenant } = this.#parts;
    return ownership.take({ tenant, run });
  }

  /** Why a commit was not written. */
  async #refusal(run: string, expectedSeq: number, held?: Held): Promise<EspalierError> {
    const { database, tenant, ownership } = this.#parts;
    const { rows } = await database.perform<HeadRow>(headStatement, [tenant, run]);
    const found = rows[0] ?? { seq: '0', epoch: '0', owner: null, is_leased: false, has_ended: false };
    const details = { run, expected: expectedSeq, found: Number(found.seq) };
    if (held && rows[0] && Number(found.epoch) !== held.epoch) {
      this.#drop(run, held);
      return new EspalierError('journal.fenced', `Run ${run} was taken over by another process; this one writes nothing more.`, {
        details,
      });
    }
    if (found.owner !== null && found.owner !== ownership.owner && found.is_leased) {
      return new EspalierError('journal.locked', `Run ${run} is driven by ${found.owner}.`, {
        details: { ...details, owner: found.owner },
      });
    }
    const message = found.has_ended
      ? `Run ${run} has ended at event ${found.seq}; its journal takes no more.`
      : `The journal of run ${run} is at event ${found.seq}, not ${expectedSeq}.`;
    return new EspalierError('journal.stale_seq', message, { details });
  }
}

interface Write {
  expectedSeq: number;
  held: Held;
  events: readonly TimedEvent[];
  owner: string | null;
  leaseMs: number;
  onAlert?: ((alert: BudgetAlert) => void) | undefined;
}

type HeadRow = { seq: string; epoch: string; owner: string | null; is_leased: boolean; has_ended: boolean };

const headStatement: Statement = {
  name: 'espalier_head',
  text: `
    select s.seq, s.epoch, r.owner, coalesce(r.lease_until >= now(), false) as is_leased, r.ended_at is not null as has_ended
    from espalier.streams s left join espalier.runs r on r.tenant = s.tenant and r.run = $2
    where s.tenant = $1 and s.stream = 'run:' || $2`,
};

function checkAppend(run: string, events: readonly TimedEvent[]): void {
  checkRunId(run);
  if (events.length === 0) throw new EspalierError('internal.defect', `An append to run ${run} has no events.`);
}

/** A run's first owner has its first epoch. What becomes of a fork means nothing for its task before it is adopted (S3). */
function bornHeld([first]: readonly TimedEvent[]): Held {
  if (first?.type !== 'run.started' || first.payload.forked_from) return { epoch: 1, task: null };
  return { epoch: 1, task: first.payload.root_task ?? null };
}

function newEvent({ type, payload, at }: TimedEvent): NewEvent {
  return { type, payload: payload as Json, at };
}

function isBudgetRefusal(thrown: unknown): boolean {
  return thrown instanceof EspalierError && thrown.code === 'budget.exceeded';
}

function isTerminal({ type }: TimedEvent): boolean {
  return type === 'run.completed' || type === 'run.cancelled';
}
