import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JsonlJournal } from '../journal/jsonl-journal.ts';
import { sampleEvents } from '../journal/sample-events.ts';
import type { Journal } from '../ports/journal.ts';
import { withBooks } from './accounting-journal.ts';
import { ProcessBooks } from './process-books.ts';
import { balances, session } from './testing/bookkeeping.ts';
import { reservedEvent, settledEvent } from './testing/sample-accounts.ts';

let root: string;
let books: ProcessBooks;
let opened: Journal[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'espalier-books-'));
  books = new ProcessBooks();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((journal) => journal.close()));
  await rm(root, { recursive: true });
});

/** A journal of the same tenant, under the directory `name`. */
function open(name = 'state') {
  const journal = withBooks(new JsonlJournal(join(root, name)), books.of('a'));
  opened.push(journal);
  return { journal, ledger: books.ledger('a') };
}

const reserve = (key: string, amount: number) => reservedEvent({ key, amount, scopes: [session] });

it('S21 takes back what a journal refused that another one has locked', async () => {
  const [first, second] = [open(), open()];
  await first.journal.append('r1', 0, [reserve('a', 40)]);
  const events = [settledEvent({ key: 'a' }, 10), reserve('b', 90)];
  await expect(second.journal.append('r1', 1, events)).rejects.toMatchObject({ code: 'journal.locked' });
  expect(await balances(first)).toEqual({ 'session s1': '0 + 40 of 100' });
});

it('S21 keeps what is set aside by a commit of which nobody knows whether it was written', async () => {
  await writeFile(join(root, 'broken'), 'a file where a directory was expected');
  const broken = open('broken');
  await expect(broken.journal.append('r1', 0, [reserve('a', 40)])).rejects.toMatchObject({ code: 'storage.failed' });
  expect(await balances(broken)).toEqual({ 'session s1': '0 + 40 of 100' });
  const sound = open();
  await sound.journal.append('r1', 0, [reserve('a', 40)]); // tried again: still counted once
  expect(await balances(sound)).toEqual({ 'session s1': '0 + 40 of 100' });
});

it('S21 does not give away what a commit frees before it is written', async () => {
  const { journal, ledger } = open();
  await journal.append('r1', 0, [reserve('a', 90)]);
  const stale = journal.append('r1', 7, [settledEvent({ key: 'a' }, 0)]);
  const greedy = journal.append('r2', 0, [reserve('b', 50)]);
  await expect(greedy).rejects.toMatchObject({ code: 'budget.exceeded' });
  await expect(stale).rejects.toMatchObject({ code: 'journal.stale_seq' });
  expect(await balances({ journal, ledger })).toEqual({ 'session s1': '0 + 90 of 100' });
});

it('S21 holds room for a commit while it is being written', async () => {
  const { journal, ledger } = open();
  const writing = journal.append('r1', 0, [reserve('a', 90)]);
  await expect(journal.append('r2', 0, [reserve('b', 11)])).rejects.toMatchObject({ code: 'budget.exceeded' });
  await journal.append('r2', 0, [reserve('b', 10)]);
  await writing;
  expect(await balances({ journal, ledger })).toEqual({ 'session s1': '0 + 100 of 100' });
});

it('is the journal that it was in everything else', async () => {
  const { journal } = open();
  expect(journal.adapter).toBe('jsonl');
  await journal.append('r1', 0, sampleEvents(2));
  await journal.release?.('r1');
  await open().journal.append('r1', 2, sampleEvents(1)); // the lock was given back
  expect(await journal.read('r1', 1)).toHaveLength(2);
  expect(await journal.runs()).toEqual(['r1']);
});
