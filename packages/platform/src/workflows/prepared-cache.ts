import type { PreparedWorkflow } from '@espalier/runtime';

/** Workflows that are kept ready in one process; a worker of many more prepares some of them again. */
const capacity = 100;

/** Prepares each workflow once, and keeps those that were used last. A failure is not kept: it may be mended. */
export function preparedCache(prepare: (tenant: string, hash: string) => Promise<PreparedWorkflow>) {
  const ready = new Map<string, Promise<PreparedWorkflow>>();
  return (tenant: string, hash: string): Promise<PreparedWorkflow> => {
    const key = `${tenant}/${hash}`;
    const known = ready.get(key);
    const prepared = known ?? prepare(tenant, hash);
    ready.delete(key);
    ready.set(key, prepared);
    const [oldest] = ready.keys();
    if (ready.size > capacity && oldest !== undefined) ready.delete(oldest);
    if (!known) prepared.catch(() => ready.delete(key));
    return prepared;
  };
}
