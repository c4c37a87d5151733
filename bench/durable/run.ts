import { rm, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { describeMachine, type Machine, makeDiskDirectory } from '../shared/machine.ts';
import { espalier } from './espalier.ts';
import { measure, type Place } from './measure.ts';
import { howToInstallPeers, loadPeers, noPeers, type Peers } from './peers.ts';
import { pglitePlace, postgresPlace } from './places.ts';
import { type PostgresServer, startPostgresServer } from './postgres-server.ts';
import { scenarioTable, targetTable } from './report.ts';
import { resultOf, type ScenarioResult } from './results.ts';
import { type Engine, type Ours, scenarios } from './scenarios.ts';
import { judge } from './targets.ts';

const usage = `node bench/durable/run.ts [--json <file>] [--only <text>]
  --json <file>  also writes the figures to a file
  --only <text>  only the scenarios whose id contains the text, such as effects-postgres`;

interface Options {
  json: string | undefined;
  only: string;
}

const ours: Ours = (kind, engine) => [espalier(kind, engine)];

/** Runs the benchmark. */
async function main({ json, only }: Options): Promise<void> {
  const disk = await makeDiskDirectory();
  const server = await startPostgresServer();
  try {
    const peers = (await loadPeers()) ?? noPeers;
    if (peers === noPeers) print(howToInstallPeers);
    const machine = await describeMachine(server.dataDirectory);
    const setting = { at: new Date().toISOString(), machine, postgres: server.settings, peers: peers.versions };
    print(preface(machine, server, peers));
    const results = await measureAll(peers, { only, places: { postgres: postgresPlace(server), pglite: pglitePlace(disk) } });
    const verdicts = judge(results);
    if (verdicts.length > 0) print(targetTable(verdicts));
    print(`Load average at the end: ${load()}`);
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ ...setting, results, verdicts }, undefined, 2)}\n`);
  } finally {
    await server.stop();
    await rm(disk, { recursive: true });
  }
}

async function measureAll(peers: Peers, { only, places }: { only: string; places: Record<Engine, Place> }): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios(peers, ours).filter(({ id }) => id.includes(only))) {
    const result = resultOf(scenario, await measure(scenario, places[scenario.engine]));
    print(scenarioTable(result));
    results.push(result);
  }
  return results;
}

function preface(
  { node, platform, cores, processor, memoryGiB, fileSystem }: Machine,
  server: PostgresServer,
  { versions }: Peers,
): string {
  const settings = Object.entries(server.settings).map(([name, value]) => `${name} ${value}`);
  const compared = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Node ${node}, ${platform}, ${cores} × ${processor}, ${memoryGiB} GiB; load average ${load()}`,
    `PostgreSQL on ${fileSystem}, over loopback: ${settings.join(', ')}`,
    ...(compared.length > 0 ? [`Peers: ${compared.join(', ')}`] : []),
    'PGlite does not sync: what it keeps survives the process, not a power cut',
  ].join('\n');
}

function load(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({ options: { json: { type: 'string' }, only: { type: 'string', default: '' } } });
    return { json: values.json, only: values.only };
  } catch (thrown) {
    process.stderr.write(`${(thrown as Error).message}\n${usage}\n`);
    return undefined;
  }
}

const options = readOptions();
if (options) await main(options);
else process.exitCode = 2;
