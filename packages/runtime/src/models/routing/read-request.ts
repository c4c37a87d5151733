import { isJsonObject, type Json } from '@espalier/core';
import type { ModelMessage } from '../../ports/model.ts';
import { endsOf, excerpt } from './excerpt.ts';
import { textsOf } from './texts-of.ts';
import { wordsOf } from './words-of.ts';

/** What a request says, as far as analysis looks. */
export interface RequestText {
  /** What is asked: the instructions and what the user said last, without code blocks, quotations and the middle of long texts. */
  asked: string;
  /** The words of `asked`. */
  words: readonly string[];
  /** Of `asked`: what the user said. */
  question: string;
  /** All that there is to read, blocks of code and results of tools included. */
  whole: string;
}

/** Of a text of more characters the beginning and the end are what is asked; what stands between is what it is asked about. */
const longestQuestion = 4_000;
const longestInstructions = 8_000;
const mostAsked = 16 * 1024;
const mostRead = 64 * 1024;
/** Messages further back say little about what is asked now. */
const lastMessages = 20;

/** Reads what a request says, in time linear in it. */
export function readRequest(messages: readonly ModelMessage[]): RequestText {
  const instructions = messages.filter(({ role }) => role === 'system').map(({ content }) => withoutJson(endsOf(content, mostRead)));
  const said = messages
    .filter(({ role }) => role !== 'system')
    .slice(-lastMessages)
    .map(({ role, content }) => ({ role, value: parsed(content) }));
  const told = instructions.map((text) => endsOf(outsideBlocks(text), longestInstructions));
  const questions = saidLast(said).map((text) => endsOf(outsideBlocks(endsOf(text, mostRead)), longestQuestion));
  const asked = excerpt([...told, ...questions].join('\n\n'), mostAsked);
  const whole = [...instructions, ...said.flatMap(({ value }) => textsOf(value))].join('\n');
  return { asked, words: wordsOf(asked), question: excerpt(questions.join('\n\n'), mostAsked), whole: excerpt(whole, mostRead) };
}

/** What the user said last. Of an agent's request, `{"input": …, "context": …}`, that is the input, not what was remembered. */
function saidLast(said: readonly { role: ModelMessage['role']; value: Json }[]): string[] {
  const byUser = said.filter(({ role }) => role === 'user').map(({ value }) => value);
  const laidOut = byUser.filter(isJsonObject).findLast((value) => 'input' in value);
  const last = laidOut?.input ?? byUser.at(-1);
  return last === undefined ? [] : textsOf(last);
}

/** Longer JSON is read as the text that it is. */
const longestJson = 256 * 1024;

function parsed(content: string): Json {
  if (content.length > longestJson || !/^[[{]/.test(content.trimStart().slice(0, 1))) return content;
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

/** The paragraphs of instructions without the JSON that they tell: schemas and tools are not prose. */
function withoutJson(text: string): string {
  return text
    .split('\n\n')
    .map((paragraph) => paragraph.split('{"', 1)[0])
    .join('\n\n');
}

/** A text without its code blocks and quotations. */
function outsideBlocks(text: string): string {
  let inBlock = false;
  const kept = text.split('\n').filter((line) => {
    const isFence = /^(?:```|~~~)/.test(line.slice(0, 20).trimStart());
    if (isFence) inBlock = !inBlock;
    return !inBlock && !isFence && !line.startsWith('>');
  });
  return kept.join('\n');
}
