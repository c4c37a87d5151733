import { compileWorkflow, EspalierError, faultOf } from '@espalier/core';
import {
  createDriver,
  type Driver,
  type DriverPorts,
  foldJournal,
  ownEvents,
  type PluginHost,
  ProcessBooks,
  type RunHandle,
  readHistory,
  runResultOf,
  withBooks,
} from '@espalier/runtime';
import type { EvaluationStore, Journal, WorkflowStore } from '@espalier/runtime/ports';
import { observedDriver } from '../plugins/observed-driver.ts';
import type { Delivery, RunEntry } from './delivery.ts';
import { askHere, askUnloaded } from './local-requests.ts';

interface LocalParts {
  journal: Journal;
  workflows: WorkflowStore;
  evaluations: EvaluationStore;
  ports: Omit<DriverPorts, 'journal'>;
  plugins: PluginHost;
}

/** Whose runs these are: nobody else's are here. */
const localTenant = 'local';

/** Runs that are driven by the process that begins them and kept in memory or in files. */
export function localDelivery({ journal: unbooked, workflows, evaluations, ports, plugins }: LocalParts): Delivery {
  const books = new ProcessBooks();
  const journal = withBooks(unbooked, books.of(localTenant));
  const driver: Driver = observedDriver(createDriver({ ...ports, journal, tenant: localTenant }), {
    plugins,
    tenant: localTenant,
    journal,
  });
  const running = new Map<string, RunHandle>();
  const watched = (handle: RunHandle) => {
    running.set(handle.run, handle);
    const forget = () => running.delete(handle.run);
    handle.ended.then(forget, forget);
    return handle;
  };
  return {
    workflows,
    evaluations,
    ledger: books.ledger(localTenant),
    begin: async (prepared, options) => watched(driver.start(prepared, options)),
    submit: () => Promise.reject(withoutDatabase('Leaving a run to workers')),
    enqueue: () => Promise.reject(withoutDatabase('A queue')),
    submitPaused: () => Promise.reject(withoutDatabase('A run that begins paused, as one that goes back does,')),
    adopt: () => Promise.reject(withoutDatabase('Adopting a fork')),
    discard: () => Promise.reject(withoutDatabase('Discarding a fork')),
    resume: async (prepared, run, options) => watched(await driver.resume(prepared, run, options)),
    attend: async (prepared, run, options) => watched(await driver.resume(prepared, run, options)),
    journal: (run) => journal.read(run),
    async runs(limit) {
      const all = await journal.runs();
      const runs: RunEntry[] = [];
      for (const run of all.slice(-limit)) runs.push(await runEntry({ journal, workflows }, run));
      return { total: all.length, runs };
    },
    runsLike: async (prefix, limit) => (await journal.runs()).filter((run) => run.startsWith(prefix)).slice(0, limit),
    async request(run, request) {
      const handle = running.get(run);
      return handle ? askHere(handle, request) : askUnloaded({ journal, now: ports.now }, run, request);
    },
    async close() {
      await Promise.all([...running.values()].map((handle) => handle.stop()));
      await journal.close();
    },
  };
}

function withoutDatabase(what: string): EspalierError {
  return new EspalierError('input.invalid', `${what} needs the database; these runs are kept in files. Leave --journal file out.`);
}

/** A damaged journal must not hide the others. */
async function runEntry({ journal, workflows }: Pick<LocalParts, 'journal' | 'workflows'>, run: string): Promise<RunEntry> {
  try {
    const history = await readHistory((of) => journal.read(of), run);
    const events = ownEvents(history);
    const first = events[0];
    if (first?.type !== 'run.started')
      throw new EspalierError('journal.corrupt', `The journal of run ${run} does not begin with its start.`);
    const stored = await workflows.get(first.payload.workflow_hash);
    const compiled = stored && compileWorkflow(stored.sources, { folder: stored.id });
    if (!compiled?.ok) throw new EspalierError('storage.failed', `The workflow of run ${run} is missing or damaged.`);
    const { status, outcome } = runResultOf(run, foldJournal(compiled.workflow, run, history));
    return { run, workflow: stored?.id ?? '', status, outcome, startedAt: first.at, lastAt: events.at(-1)?.at };
  } catch (thrown) {
    if (!(thrown instanceof EspalierError)) throw thrown;
    const { code, message } = faultOf(thrown);
    return { run, error: { code, message } };
  }
}
