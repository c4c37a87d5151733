import { createPhraseTable } from './phrase-table.ts';
import type { RequestText } from './read-request.ts';
import { counted, type Sign } from './sign.ts';

const order = createPhraseTable([
  {
    label: 'instruction',
    weight: 1,
    anywhere: 'then, after that, afterwards, finally, additionally, also, dann, danach, anschließend, ensuite, puis, después, luego, затем',
    unspaced: '然后, 最后, その後',
  },
]);

const limits = createPhraseTable([
  {
    label: 'condition',
    weight: 1,
    anywhere: `must, must not, at most, at least, exactly, without, unless, only if, no more than, no fewer than, do not, don t,
        never, ensure, make sure, subject to, given that, provided that, except, darf nicht, höchstens, mindestens, ohne,
        sans, au moins, au plus, sin, al menos`,
    unspaced: '必须, 不得, 至少, 至多, 必ず',
  },
]);

const listItem = /^(?:[-*•]|\d{1,3}[.)])\s/;
const questionMarks = /[?？؟]/g;

/** What a request asks for at once: questions, items, steps and conditions. */
export function structureSigns({ asked, words }: RequestText): Sign[] {
  const items = asked.split('\n').filter((line) => listItem.test(line.slice(0, 80).trimStart())).length;
  const questions = asked.match(questionMarks)?.length ?? 0;
  return [
    ...several(questions, 0.05, 0.2, counted(questions, 'question', 'questions')),
    ...several(items, 0.03, 0.25, `list of ${items}`),
    ...several(order.find(words).length, 0.05, 0.2, 'several instructions'),
    ...several(limits.find(words).length, 0.05, 0.3, 'several conditions'),
  ];
}

/** A sign from two on: `each` for every one, `most` in all. */
function several(count: number, each: number, most: number, reason: string): Sign[] {
  return count < 2 ? [] : [{ weight: Math.min(count * each, most), reason }];
}
