/** How the upstream answers; it is told by the name of the model that is asked. */
export type Manner = 'at_once' | 'in_a_while' | 'rushed' | 'steady_5' | 'steady_20';

/** Words of a streamed answer. */
export const streamedWords = 200;

/** How often a model is asked in one conversation. Its first three answers lack what the schema requires, so that the agent asks again. */
export const turns = 4;

/** What is sent of an answer, and when. */
export interface Delivery {
  /** How long after the request it begins, in milliseconds. */
  afterMs(): number;
  /** Undefined: one piece. Otherwise that many words, one every so many milliseconds; 0: as quickly as they go out. */
  wordsEveryMs: number | undefined;
}

const atOnce = () => 0;
/** By chance, so that requests which are under way side by side do not fall into step. */
const inAWhile = () => 100 + 200 * Math.random();
const sometime = () => 1000 * Math.random();

export const deliveries: Readonly<Record<Manner, Delivery>> = {
  at_once: { afterMs: atOnce, wordsEveryMs: undefined },
  in_a_while: { afterMs: inAWhile, wordsEveryMs: undefined },
  rushed: { afterMs: atOnce, wordsEveryMs: 0 },
  steady_5: { afterMs: atOnce, wordsEveryMs: 5 },
  steady_20: { afterMs: sometime, wordsEveryMs: 20 },
};

export function isManner(name: string): name is Manner {
  return Object.hasOwn(deliveries, name);
}

/** Milliseconds by a clock that all processes of the machine share. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
