import { resolve } from 'node:path';
import { EspalierError, isJsonObject, type Json, type Workflow } from '@espalier/core';
import type { Surroundings } from '../surroundings.ts';
import { readTextFile } from './read-bounded.ts';
import { workflowExample } from './workflow-example.ts';

/** What a run is started with. */
export interface RunInput {
  input: Json;
  /** A start node that comes with the input. */
  start?: string | undefined;
  /** What the person should know about where the input came from. */
  note?: string;
}

const longestExcerpt = 200;

interface Given {
  /** The option `--input`. */
  option: string | undefined;
  /** The words after the directory. */
  words: readonly string[];
}

/**
 * The input of a run: `--input`, else the words as they are, else what is piped in, else the workflow's own example.
 * @throws EspalierError `usage.invalid` if there is none, or two; `input.invalid` if it cannot be read or is empty.
 */
export async function readRunInput(given: Given, workflow: Workflow, surroundings: Surroundings): Promise<RunInput> {
  const { option, words } = given;
  if (option !== undefined && words.length > 0) {
    throw new EspalierError(
      'usage.invalid',
      `Two inputs are given: --input, and the words ${JSON.stringify(words.join(' '))}. Leave one out.`,
    );
  }
  if (option !== undefined) return readOption(option, surroundings);
  if (words.length > 0) return { input: notEmpty(words.join(' ')) };
  if (await surroundings.stdin.isWaiting()) return fromText(await surroundings.stdin.read());
  const example = workflowExample(workflow);
  if (example) return { ...example, note: `No instruction given: using the example of this workflow, ${excerpt(example.input)}.` };
  throw new EspalierError(
    'usage.invalid',
    `${workflow.id} needs an input: write it after the directory, or give --input <text>, --input @file, or --input - for standard input.`,
  );
}

async function readOption(option: string, { directory, stdin }: Surroundings): Promise<RunInput> {
  if (option === '-') return fromText(await stdin.read());
  if (!option.startsWith('@')) return fromText(option);
  const path = resolve(directory, option.slice(1));
  const text = await readTextFile(path);
  return path.endsWith('.json') ? fromJsonFile(text, path) : { input: notEmpty(text) };
}

function fromJsonFile(text: string, path: string): RunInput {
  try {
    return { input: JSON.parse(text) as Json };
  } catch (thrown) {
    throw new EspalierError('input.invalid', `${path} is not JSON: ${thrown instanceof Error ? thrown.message : thrown}.`);
  }
}

/** A text that is a JSON object or list is taken as that. */
function fromText(text: string): RunInput {
  if (!/^\s*[{[]/.test(text)) return { input: notEmpty(text) };
  try {
    const value = JSON.parse(text) as Json;
    if (isJsonObject(value) || Array.isArray(value)) return { input: value };
  } catch {
    return { input: text, note: 'The input begins like JSON but is not: it is passed on as plain text.' };
  }
  return { input: text };
}

function excerpt(input: Json): string {
  const text = JSON.stringify(input);
  return text.length <= longestExcerpt ? text : `${text.slice(0, longestExcerpt).toWellFormed()}…`;
}

function notEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new EspalierError('input.invalid', 'The input is empty.');
}
