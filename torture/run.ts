import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from './checks/check.ts';
import { torturePostgres } from './postgres/torture-postgres.ts';
import { describeRemains, describeViolations } from './report.ts';
import type { Remains, Torment } from './torture.ts';
import { tortureEmbedded } from './torture-embedded.ts';

const usage = `node torture/run.ts [--store postgres|pglite|both] [--kills <count>] [--seed <number>] [--runs <count>] [--keep]
  --store  which databases; default: both
  --kills  processes to kill on each; default: 25 on postgres, 15 on pglite
  --seed   of the plan; default: another each time
  --runs   runs in flight; default: 30 on postgres, 8 on pglite
  --keep   leaves what was written in the temporary directory`;

type Store = 'postgres' | 'pglite';

interface Plan {
  store: Store;
  kills: number;
  runs: number;
  seed: number;
  keep: boolean;
}

const defaults = { postgres: { kills: 25, runs: 30 }, pglite: { kills: 15, runs: 8 } } as const;
const tortures: Record<Store, (torment: Torment) => Promise<Remains>> = { postgres: torturePostgres, pglite: tortureEmbedded };
const progressEveryMs = 10_000;

/** @returns whether everything held. */
async function torture({ store, keep, ...plan }: Plan): Promise<boolean> {
  print(`${store}: ${plan.kills} kills with ${plan.runs} runs in flight, seed ${plan.seed}`);
  const began = performance.now();
  const directory = await mkdtemp(join(tmpdir(), `espalier-torture-${store}-`));
  try {
    const remains = await tortures[store]({ ...plan, directory, onProgress: progressOf(plan.kills) });
    const violations = [...remains.ledger.violations, ...check(remains.evidence)];
    print(`  ${describeRemains(remains)}\n  ${((performance.now() - began) / 1000).toFixed(0)} s`);
    if (violations.length === 0) return true;
    const again = `--store ${store} --kills ${plan.kills} --runs ${plan.runs} --seed ${plan.seed}`;
    print(`${violations.length} violation(s); the same plan again: ${again}\n${describeViolations(violations)}`);
    return false;
  } finally {
    if (keep) print(`  kept: ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

function progressOf(kills: number): Torment['onProgress'] {
  let last = performance.now();
  return (ledger) => {
    if (performance.now() - last < progressEveryMs) return;
    last = performance.now();
    print(`  ${ledger.kills} of ${kills} kills`);
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readPlans(): Plan[] | undefined {
  try {
    const { values } = parseArgs({
      options: {
        store: { type: 'string', default: 'both' },
        kills: { type: 'string' },
        seed: { type: 'string' },
        runs: { type: 'string' },
        keep: { type: 'boolean', default: false },
      },
    });
    const seed = wholeNumber('seed', values.seed) ?? Math.floor(Math.random() * 1e6);
    const [kills, runs] = [wholeNumber('kills', values.kills), wholeNumber('runs', values.runs)];
    return storesOf(values.store).map((store) => {
      return { store, seed, keep: values.keep, kills: kills ?? defaults[store].kills, runs: runs ?? defaults[store].runs };
    });
  } catch (thrown) {
    process.stderr.write(`${(thrown as Error).message}\n${usage}\n`);
    return undefined;
  }
}

function storesOf(text: string): Store[] {
  if (text === 'both') return ['postgres', 'pglite'];
  if (text === 'postgres' || text === 'pglite') return [text];
  throw new Error(`--store is ${text}; expected postgres, pglite or both.`);
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} is ${text}; expected a whole number.`);
}

const plans = readPlans();
if (!plans) process.exitCode = 2;
for (const plan of plans ?? []) if (!(await torture(plan))) process.exitCode = 1;
