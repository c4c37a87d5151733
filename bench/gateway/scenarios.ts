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
  /** A sample takes about this long. */
  sampleMs: number;
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

const calls: Pace = { warmUpMs: 2500, rounds: 9, sampleMs: 800, limitMs: 60_000 };
const callsSideBySide: Pace = { warmUpMs: 4000, rounds: 7, sampleMs: 3000, limitMs: 120_000 };
const streams: Pace = { warmUpMs: 1500, rounds: 7, sampleMs: 800, limitMs: 60_000 };
const slowStreams: Pace = { warmUpMs: 1500, rounds: 3, sampleMs: 8000, limitMs: 240_000 };

/** Every scenario, in the order of the report. */
export function scenarios(): Scenario[] {
  return [
    { id: 'call-1', title: 'One call at a time, answered at once', of: 'calls', manner: 'at_once', clients: 1, ...all(), pace: calls },
    {
      id: 'call-64',
      title: '64 calls side by side, each answered after 100 to 300 ms: the machine has time to spare',
      of: 'calls',
      manner: 'in_a_while',
      clients: 64,
      ...all(),
      pace: callsSideBySide,
    },
    {
      id: 'full-64',
      title: '64 calls side by side, each answered at once: the machine is full, and a call waits for 63 others',
      of: 'calls',
      manner: 'at_once',
      clients: 64,
      ...all(),
      pace: callsSideBySide,
    },
    {
      id: 'rushed-1',
      title: 'One stream at a time, 200 words as quickly as they go out',
      of: 'words',
      manner: 'rushed',
      clients: 1,
      ...all(),
      pace: streams,
    },
    {
      id: 'steady-1',
      title: 'One stream at a time, 200 words, one every 5 ms',
      of: 'words',
      manner: 'steady_5',
      clients: 1,
      ...all(),
      pace: slowStreams,
    },
    {
      id: 'steady-64',
      title: '64 streams side by side, 200 words each, one every 20 ms',
      of: 'words',
      manner: 'steady_20',
      clients: 64,
      ...all(),
      pace: slowStreams,
    },
  ];
}

function all(): { contenders: Contender[] } {
  return { contenders: [bareFetch(), direct(), espalier('memory'), espalier('pglite'), espalier('postgres')] };
}
