import { rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { describeMachine, durabilityOn, type Machine, makeDiskDirectory } from '../shared/machine.ts';
import { measure } from './measure.ts';
import { howToInstallPeers, loadPeers, noPeers, type Peers } from './peers.ts';
import { scenarioTable, targetTable } from './report.ts';
import { resultOf, type ScenarioResult } from './results.ts';
import { scenarios } from './scenarios.ts';
import { judge, type Verdict } from './targets.ts';

const usage = `npm run bench -- [--check] [--json <file>]
  --check        ours alone, against the targets; exit code 1 if one of them fails
  --json <file>  also writes the figures to a file`;

interface Options {
  check: boolean;
  json: string | undefined;
}

/** Runs the benchmark. Gives the exit code. */
async function main({ check, json }: Options): Promise<number> {
  const disk = await makeDiskDirectory();
  try {
    const peers = (check ? noPeers : await loadPeers()) ?? noPeers;
    if (!check && peers === noPeers) print(howToInstallPeers);
    const machine = await describeMachine(disk);
    print(preface(machine, peers));
    const results = await measureAll(peers, disk);
    const verdicts = judge(results);
    print(targetTable(verdicts));
    if (json !== undefined) await writeFile(json, report({ machine, peers, results, verdicts }));
    return check && verdicts.some(({ verdict }) => verdict === 'FAILED') ? 1 : 0;
  } finally {
    await rm(disk, { recursive: true });
  }
}

async function measureAll(peers: Peers, disk: string): Promise<ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const make of scenarios) {
    const scenario = await make({ peers, disk });
    const result = resultOf(scenario, await measure(scenario.contenders, scenario.pace));
    print(scenarioTable(result));
    results.push(result);
  }
  return results;
}

function preface(machine: Machine, { versions }: Peers): string {
  const { node, platform, cores, processor, memoryGiB, fileSystem } = machine;
  const compared = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Node ${node}, ${platform}, ${cores} × ${processor}, ${memoryGiB} GiB`,
    ...(compared.length > 0 ? [`Peers: ${compared.join(', ')}`] : []),
    'Memory: nothing survives the process',
    durabilityOn(fileSystem),
  ].join('\n');
}

function report({ peers, ...figures }: { machine: Machine; peers: Peers; results: ScenarioResult[]; verdicts: Verdict[] }): string {
  const report = { at: new Date().toISOString(), peers: peers.versions, ...figures, unit: 'microseconds' };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, json: { type: 'string' } } });
    return { check: values.check, json: values.json };
  } catch (thrown) {
    process.stderr.write(`${(thrown as Error).message}\n${usage}\n`);
    return undefined;
  }
}

const options = readOptions();
process.exitCode = options ? await main(options) : 2;
