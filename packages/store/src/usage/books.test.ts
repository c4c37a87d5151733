import { bookkeepingConformance } from '@espalier/runtime/testing';
import { describeStores } from '../testing/describe-stores.ts';

await describeStores('StoreJournal', (subject) => {
  const open = (tenant: string) => ({ journal: subject.store.system().journal(tenant), ledger: subject.store.tenant(tenant).ledger });
  bookkeepingConformance('it', async () => {
    const [own, neighbour] = [open(subject.newTenant()), open(subject.newTenant())];
    const close = async () => {
      await Promise.all([own.journal.close(), neighbour.journal.close()]);
    };
    return { ...own, neighbour, close };
  });
});
