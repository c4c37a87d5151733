import { setTimeout as sleep } from 'node:timers/promises';

interface Context {
  key: string;
}

declare global {
  /** Told by every handler when it begins and when it is done; set by the process that drives the runs. */
  var espalierTortureWitness: ((what: 'begin' | 'done', key: string, repeatable: boolean) => void) | undefined;
}

const largeText = 'A hundred kilobytes of text that nobody reads. '.repeat(2200);

/** What must not happen twice. */
export async function once(_input: unknown, { key }: Context) {
  return performed(key, false);
}

/** What may be repeated under the same key. */
export async function again(_input: unknown, { key }: Context) {
  return performed(key, true);
}

/** Gives a value that the database keeps apart from its event. */
export async function large(_input: unknown, { key }: Context) {
  return { ...(await performed(key, true)), text: `${key}\n${largeText}` };
}

/** A reducer of the workflow's own. */
export function count(entries: readonly unknown[]) {
  return { arrived: entries.length };
}

async function performed(key: string, repeatable: boolean) {
  espalierTortureWitness?.('begin', key, repeatable);
  await sleep(Math.random() * 120);
  espalierTortureWitness?.('done', key, repeatable);
  return { text: `${key} was done.` };
}
