import { type Contender, fanOutWidth, listInput, type PeerScenario, runInput, stateless } from './contender.ts';
import { compile, espalier, ownCodeHandler } from './espalier.ts';
import { floor } from './floor.ts';
import { compileGraph } from './graph-compiler.ts';
import type { Pace } from './measure.ts';
import type { Peers } from './peers.ts';
import {
  chainSources,
  diamondSize,
  diamondSources,
  fanOutOverDataSources,
  fanOutSources,
  nestedSources,
  openSplitSources,
  type StepSource,
} from './workflow-sources.ts';

export type ScenarioId = PeerScenario | 'chain' | 'chain-on-disk' | 'diamonds' | 'compile';

/** Contenders that are measured together, and the one that the others' ratios refer to. */
export interface Scenario {
  id: ScenarioId;
  title: string;
  baseline: string;
  pace: Pace;
  contenders: Contender[];
}

/** What scenarios are made with. */
interface Setting {
  peers: Peers;
  /** A directory on a real disk. */
  disk: string;
}

/** Contenders that targets and baselines refer to. */
export const names = {
  memory: 'Espalier, memory',
  disk: 'Espalier, JSONL',
  small: 'Espalier, memory: 1,000 nodes',
  large: 'Espalier, memory: 10,000 nodes',
  smallOnDisk: 'Espalier, JSONL: 1,000 nodes',
  largeOnDisk: 'Espalier, JSONL: 10,000 nodes',
  smallGraph: 'compileGraph, chain of 1,000',
  largeGraph: 'compileGraph, chain of 10,000',
  largeDiamonds: 'compileGraph, diamonds, 10,000',
  nested: 'compileGraph, branches nested 3,300 deep',
  openSplits: 'compileGraph, 9,990 unmerged splits',
} as const;

const checkedStep: StepSource = { schema_out: 'state' };

/** Small against large graphs: without peers in between, whose garbage would fall into one sample and not into the other. */
const growthPace: Pace = { rounds: 21, sampleMs: 50 };

/** Makes one scenario after another, so that only one is in memory at a time. */
export const scenarios: readonly ((setting: Setting) => Promise<Scenario>)[] = [
  tenSteps,
  fanOut,
  fanOutOverData,
  thousandSteps,
  chain,
  chainOnDisk,
  diamonds,
  compilation,
];

async function tenSteps({ peers, disk }: Setting): Promise<Scenario> {
  const ten = (name: string, step: StepSource, on?: string) =>
    espalier({ name, steps: 10, sources: chainSources(10, step), input: runInput, ...(on === undefined ? {} : { disk: on }) });
  const contenders = [
    floor,
    await ten(names.memory, checkedStep),
    await ten('Espalier, memory, no schemas', {}),
    await ten('Espalier, memory, own TypeScript code', { ...checkedStep, handler: ownCodeHandler }),
    await ten(names.disk, checkedStep, disk),
    await ten('Espalier, JSONL, own TypeScript code', { ...checkedStep, handler: ownCodeHandler }, disk),
    ...peers.contenders('ten-steps'),
  ];
  return { id: 'ten-steps', title: '10 sequential no-op steps', baseline: names.memory, pace: { rounds: 15, sampleMs: 40 }, contenders };
}

async function fanOut({ peers, disk }: Setting): Promise<Scenario> {
  const work = { steps: fanOutWidth, sources: fanOutSources(checkedStep), input: runInput };
  const contenders = [
    await espalier({ name: names.memory, ...work }),
    await espalier({ name: names.disk, ...work, disk }),
    ...peers.contenders('fan-out'),
  ];
  return { id: 'fan-out', title: '50-way split and merge', baseline: names.memory, pace: { rounds: 11, sampleMs: 40 }, contenders };
}

async function fanOutOverData({ peers, disk }: Setting): Promise<Scenario> {
  const work = { steps: fanOutWidth, sources: fanOutOverDataSources(checkedStep), input: listInput };
  const contenders = [
    await espalier({ name: names.memory, ...work }),
    await espalier({ name: names.disk, ...work, disk }),
    ...peers.contenders('fan-out-over-data'),
  ];
  const title = 'split over a list of 50, and merge';
  return { id: 'fan-out-over-data', title, baseline: names.memory, pace: { rounds: 11, sampleMs: 40 }, contenders };
}

async function thousandSteps({ peers }: Setting): Promise<Scenario> {
  const contenders = [await chainOf(1000, names.memory), ...peers.contenders('thousand-steps')];
  const title = '1,000 sequential no-op steps';
  return { id: 'thousand-steps', title, baseline: names.memory, pace: { rounds: 3, sampleMs: 80 }, contenders };
}

async function chain(): Promise<Scenario> {
  const contenders = [await chainOf(1000, names.small), await chainOf(10_000, names.large)];
  return { id: 'chain', title: '1,000 and 10,000 nodes in a row', baseline: names.small, pace: growthPace, contenders };
}

async function chainOnDisk({ disk }: Setting): Promise<Scenario> {
  const contenders = [await chainOf(1000, names.smallOnDisk, disk), await chainOf(10_000, names.largeOnDisk, disk)];
  const title = '1,000 and 10,000 nodes in a row, JSONL';
  return { id: 'chain-on-disk', title, baseline: names.smallOnDisk, pace: growthPace, contenders };
}

function chainOf(steps: number, name: string, disk?: string): Promise<Contender> {
  return espalier({ name, steps, sources: chainSources(steps, checkedStep), input: runInput, ...(disk === undefined ? {} : { disk }) });
}

async function diamonds({ disk }: Setting): Promise<Scenario> {
  const of = (steps: number, name: string, on?: string) => {
    const sources = diamondSources(steps / diamondSize, checkedStep);
    return espalier({ name, steps, sources, input: runInput, ...(on === undefined ? {} : { disk: on }) });
  };
  const contenders = [
    await of(1000, names.small),
    await of(10_000, names.large),
    await of(1000, names.smallOnDisk, disk),
    await of(10_000, names.largeOnDisk, disk),
  ];
  const title = '1,000 and 10,000 nodes in diamonds (branch, two arms, merge)';
  return { id: 'diamonds', title, baseline: names.small, pace: growthPace, contenders };
}

async function compilation(): Promise<Scenario> {
  const sources = chainSources(10_000, checkedStep);
  const contenders = [
    await graphCompilation(names.smallGraph, chainSources(1000, checkedStep)),
    await graphCompilation(names.largeGraph, sources),
    await graphCompilation(names.largeDiamonds, diamondSources(10_000 / diamondSize, checkedStep)),
    await graphCompilation(names.nested, nestedSources(3300, checkedStep)),
    await graphCompilation(names.openSplits, openSplitSources(9990)),
    stateless('compileWorkflow, chain of 10,000', 10_000, async () => void (await compile(sources))),
  ];
  const title = 'validation: compileGraph alone; compileWorkflow from text to hash';
  return { id: 'compile', title, baseline: names.smallGraph, pace: { rounds: 9, sampleMs: 60 }, contenders };
}

async function graphCompilation(name: string, sources: Parameters<typeof compile>[0]): Promise<Contender> {
  const { graph } = await compile(sources);
  const [nodes, edges] = [graph.nodes.map((node) => node.manifest), graph.edges.map((edge) => edge.manifest)];
  return stateless(name, nodes.length, async () => {
    if (!compileGraph(nodes, edges).ok) throw new Error('the graph does not compile');
  });
}
