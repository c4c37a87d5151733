import type { Contender, Kind } from './contender.ts';
import { commits, floorOf } from './floor/database-floor.ts';
import { disk } from './floor/disk.ts';
import { gatheredFloorOf } from './floor/gathered-floor.ts';
import type { Match, Pace } from './measure.ts';
import type { Peers } from './peers.ts';

export type Engine = 'postgres' | 'pglite';
export type ScenarioId = `${'commits' | Kind}-${Engine}-${number}`;

export interface Scenario extends Match {
  id: ScenarioId;
  title: string;
  engine: Engine;
  kind: Kind | 'commits';
  unit: 'runs' | 'commits';
  /** The contender that the others are compared with. */
  floor: string;
}

/** Ours on one kind of database. */
export type Ours = (kind: Kind, engine: Engine) => Contender[];

const commitPace: Pace = { rounds: 9, sampleMs: 300, limitMs: 15_000 };
const runPace: Pace = { rounds: 7, sampleMs: 600, limitMs: 25_000 };

const titles: Record<Engine, string> = { postgres: 'PostgreSQL', pglite: 'PGlite, in process' };
const kindTitles: Record<Kind, string> = {
  pure: '10 pure steps, batched by design',
  effects: '10 recorded effects, each committed before the next',
};

/** Every scenario, in the order of the report. Peers have no store on PGlite. */
export function scenarios(peers: Peers, ours: Ours): Scenario[] {
  const runs = (['pure', 'effects'] as const).flatMap((kind) => [
    runScenario(kind, { engine: 'postgres', clients: 1, others: [...ours(kind, 'postgres'), ...peers.contenders(kind)] }),
    runScenario(kind, { engine: 'postgres', clients: 16, others: [...ours(kind, 'postgres'), ...peers.contenders(kind)] }),
    runScenario(kind, { engine: 'pglite', clients: 1, others: ours(kind, 'pglite') }),
  ]);
  return [commitScenario('postgres', 1), commitScenario('postgres', 16), commitScenario('pglite', 1), ...runs];
}

function commitScenario(engine: Engine, clients: number): Scenario {
  // The disk takes one block after the other, so more clients would only wait for each other; and PGlite does not sync.
  const contenders = engine === 'postgres' && clients === 1 ? [disk(), ...commits()] : commits();
  const title = `Raw commits, ${titles[engine]}, ${countOf(clients)}`;
  const floor = 'insert one row';
  const id: ScenarioId = `commits-${engine}-${clients}`;
  return { id, title, engine, unit: 'commits', floor, kind: 'commits', clients, contenders, pace: commitPace, hasEffects: false };
}

function runScenario(kind: Kind, { engine, clients, others }: { engine: Engine; clients: number; others: Contender[] }): Scenario {
  const floor = floorOf(kind);
  const gathered = clients > 1 ? [gatheredFloorOf(kind)] : [];
  const title = `${kindTitles[kind]}, ${titles[engine]}, ${countOf(clients)}`;
  const id: ScenarioId = `${kind}-${engine}-${clients}`;
  const contenders = [floor, ...gathered, ...others];
  return { id, title, engine, unit: 'runs', floor: floor.name, kind, clients, contenders, pace: runPace, hasEffects: kind === 'effects' };
}

function countOf(clients: number): string {
  return clients === 1 ? '1 client' : `${clients} clients`;
}
