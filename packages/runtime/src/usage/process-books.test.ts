import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonlJournal } from '../journal/jsonl-journal.ts';
import { MemoryJournal } from '../journal/memory-journal.ts';
import { withBooks } from './accounting-journal.ts';
import { bookkeepingConformance } from './conformance.ts';
import { ProcessBooks } from './process-books.ts';

bookkeepingConformance('MemoryJournal with ProcessBooks', async () => {
  const books = new ProcessBooks();
  const open = (tenant: string) => ({ journal: withBooks(new MemoryJournal(), books.of(tenant)), ledger: books.ledger(tenant) });
  return { ...open('a'), neighbour: open('b'), close: async () => {} };
});

bookkeepingConformance('JsonlJournal with ProcessBooks', async () => {
  const root = await mkdtemp(join(tmpdir(), 'espalier-books-'));
  const books = new ProcessBooks();
  const open = (tenant: string) => ({
    journal: withBooks(new JsonlJournal(join(root, tenant)), books.of(tenant)),
    ledger: books.ledger(tenant),
  });
  const [own, neighbour] = [open('a'), open('b')];
  const close = async () => {
    await Promise.all([own.journal.close(), neighbour.journal.close()]);
    await rm(root, { recursive: true });
  };
  return { ...own, neighbour, close };
});
