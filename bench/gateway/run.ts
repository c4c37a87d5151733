/* `npm run bench -- gateway`: what gate, routing and journal add to a model call. */
import { rm, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { pglitePlace, postgresPlace } from '../durable/places.ts';
import { type PostgresServer, startPostgresServer } from '../durable/postgres-server.ts';
import { describeMachine, type Machine, makeDiskDirectory } from '../shared/machine.ts';
import { measure, type Surroundings } from './measure.ts';
import { scenarioTable, targetTable } from './report.ts';
import { resultOf, type ScenarioResult } from './results.ts';
import { scenarios } from './scenarios.ts';
import { judge } from './targets.ts';
import { startUpstream } from './upstream.ts';

const usage = `node bench/gateway/run.ts [--json <file>] [--only <text>] [--kept <list>]
  --json <file>  also writes the figures to a file
  --only <text>  only the scenarios whose id contains the text, such as call-1
  --kept <list>  only Espalier kept in these, such as memory,postgres`;

interface Options {
  json: string | undefined;
  only: string;
  kept: string;
}

/** Runs the benchmark. */
async function main({ json, only, kept }: Options): Promise<void> {
  const disk = await makeDiskDirectory();
  const server = await startPostgresServer();
  const upstream = await startUpstream();
  try {
    const machine = await describeMachine(server.dataDirectory);
    print(preface(machine, server));
    const places = { postgres: postgresPlace(server), pglite: pglitePlace(disk) };
    const results = await measureAll({ upstream, places }, { only, kept: kept.split(',') });
    const verdicts = judge(results);
    if (verdicts.length > 0) print(targetTable(verdicts));
    print(`Load average at the end: ${load()}`);
    const figures = { at: new Date().toISOString(), machine, postgres: server.settings, results, verdicts };
    if (json !== undefined) await writeFile(json, `${JSON.stringify(figures, undefined, 2)}\n`);
  } finally {
    await upstream.close();
    await server.stop();
    await rm(disk, { recursive: true });
  }
}

async function measureAll(surroundings: Surroundings, { only, kept }: { only: string; kept: string[] }): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios().filter(({ id }) => id.includes(only))) {
    const contenders = scenario.contenders.filter((contender) => contender.kept === undefined || kept.includes(contender.kept));
    const result = resultOf(scenario, await measure({ ...scenario, contenders }, surroundings));
    print(scenarioTable(result));
    results.push(result);
  }
  return results;
}

function preface({ node, platform, cores, processor, memoryGiB, fileSystem }: Machine, server: PostgresServer): string {
  const settings = Object.entries(server.settings).map(([name, value]) => `${name} ${value}`);
  return [
    `Node ${node}, ${platform}, ${cores} × ${processor}, ${memoryGiB} GiB; load average ${load()}`,
    `PostgreSQL on ${fileSystem}, over loopback: ${settings.join(', ')}`,
    'PGlite does not sync: what it keeps survives the process, not a power cut',
    'The upstream is a process of its own; it, PostgreSQL and this process share the cores',
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
    const { values } = parseArgs({
      options: {
        json: { type: 'string' },
        only: { type: 'string', default: '' },
        kept: { type: 'string', default: 'memory,pglite,postgres' },
      },
    });
    return { json: values.json, only: values.only, kept: values.kept };
  } catch (thrown) {
    process.stderr.write(`${(thrown as Error).message}\n${usage}\n`);
    return undefined;
  }
}

const options = readOptions();
if (options) await main(options);
else process.exitCode = 2;
