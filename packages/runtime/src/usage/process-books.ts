import type { Ledger } from '../ports/ledger.ts';
import type { Books } from './accounting-journal.ts';
import { emptyBooks, type TenantBooks } from './books-entries.ts';
import { prepareChanges } from './prepare-changes.ts';
import { processLedger } from './process-ledger.ts';

/** Budgets and usage that are gone when the process ends (S21): for journals in memory and in files. */
export class ProcessBooks {
  readonly #tenants = new Map<string, TenantBooks>();

  /** The books that the journals of a tenant are kept with. */
  of(tenant: string): Books {
    return { prepare: (run, changes) => prepareChanges(this.#booksOf(tenant), run, changes) };
  }

  ledger(tenant: string): Ledger {
    return processLedger(this.#booksOf(tenant));
  }

  #booksOf(tenant: string): TenantBooks {
    const known = this.#tenants.get(tenant);
    if (known) return known;
    const made = emptyBooks();
    this.#tenants.set(tenant, made);
    return made;
  }
}
