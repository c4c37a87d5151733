import { bareFetch } from './bare-fetch.ts';
import type { Contender } from './contender.ts';
import { direct } from './direct.ts';
import { espalier } from './espalier.ts';
import type { Manner } from './manners.ts';

export type ScenarioId = 'call-1' | 'call-64' | 'full-64' | 'rushed-1' | 'steady-1' | 'steady-64';

/** How long to measure. A sample is a batch of conversations of one contender; a round is one sample of each. */
export interface Pace {
  warmUpMs: number;
  rounds: number;
  /** A sample takes about this long, and has so many conversations of each client at least. */
  sampleMs: number;
  fewest: number;
  /** After this long no further round begins. */
  limitMs: number;
}

export interface Scenario {
  id: ScenarioId;
  title: string;
  /** What is looked at: whole calls, or the words of streamed ones. */
  of: 'calls' | 'words';
  manner: Manner;
  clients: number;
  contenders: readonly Contender[];
  pace: Pace;
}

const calls: Pace = { warmUpMs: 2500, rounds: 9, sampleMs: 800, fewest: 100, limitMs: 60_000 };
const callsSideBySide: Pace = { warmUpMs: 4000, rounds: 7, sampleMs: 3000, fewest: 3, limitMs: 120_000 };
const streams: Pace = { warmUpMs: 1500, rounds: 7, sampleMs: 800, fewest: 20, limitMs: 60_000 };
/** A conversation takes 4 s, or 16. */
const slowStreams: Pace = { warmUpMs: 1500, rounds: 3, sampleMs: 8000, fewest: 1, limitMs: 240_000 };

/** Every scenario, in the order of the report. */
export function scenarios(): Scenario[] {
  return [
    callScenario({ id: 'call-1', title: 'One call at a time, answered at once', manner: 'at_once', clients: 1, pace: calls }),
    callScenario({
      id: 'call-64',
      title: '64 calls side by side, each answered after 100 to 300 ms: the machine has time to spare',
      manner: 'in_a_while',
      clients: 64,
      pace: callsSideBySide,
    }),
    callScenario({
      id: 'full-64',
      title: '64 calls side by side, each answered at once: the machine is full, and every call waits for the others',
      manner: 'at_once',
      clients: 64,
      pace: callsSideBySide,
    }),
    streamScenario({
      id: 'rushed-1',
      title: 'One stream at a time, 200 words as quickly as they go out',
      manner: 'rushed',
      clients: 1,
      pace: streams,
    }),
    streamScenario({
      id: 'steady-1',
      title: 'One stream at a time, 200 words, one every 5 ms',
      manner: 'steady_5',
      clients: 1,
      pace: slowStreams,
    }),
    streamScenario({
      id: 'steady-64',
      title: '64 streams side by side, 200 words each, one every 20 ms',
      manner: 'steady_20',
      clients: 64,
      pace: slowStreams,
    }),
  ];
}

type Given = Omit<Scenario, 'of' | 'contenders'>;

function callScenario(given: Given): Scenario {
  return { ...given, of: 'calls', contenders: [bareFetch(), direct(), espalier('memory'), espalier('pglite'), espalier('postgres')] };
}

/** PGlite is left out: where a call is recorded says nothing of its words, and these scenarios take their time. */
function streamScenario(given: Given): Scenario {
  return { ...given, of: 'words', contenders: [bareFetch(), direct(), espalier('memory'), espalier('postgres')] };
}
