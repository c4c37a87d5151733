import type { SentRequest } from '../estimate-tokens.ts';
import { longDocument, ordersSchema, searchTools } from './long-material.ts';

/** A request as a person would judge it. */
export interface LabelledRequest {
  name: string;
  level: 'simple' | 'medium' | 'hard';
  code: boolean;
  reasoning: boolean;
  request: SentRequest;
}

type Flags = '' | 'code' | 'reasoning' | 'code reasoning';

function asked(
  level: LabelledRequest['level'],
  flags: Flags,
  content: string,
  more: Omit<Partial<SentRequest>, 'messages'> = {},
): LabelledRequest {
  return labelled(level, flags, { messages: [{ role: 'user', content }], ...more }, content);
}

function labelled(level: LabelledRequest['level'], flags: Flags, request: SentRequest, name: string): LabelledRequest {
  return {
    name: name.replaceAll('\n', ' ').slice(0, 70),
    level,
    code: flags.includes('code'),
    reasoning: flags.includes('reasoning'),
    request,
  };
}

const questions: LabelledRequest[] = [
  asked('simple', '', 'What is the capital of Portugal?'),
  asked('simple', '', 'Who wrote “The Master and Margarita”?'),
  asked('simple', '', 'Hi! Can you hear me?'),
  asked('simple', '', 'How many ounces are in a pound?'),
  asked('simple', '', 'Thanks, that’s why I asked. Have a nice day!'),
  asked('simple', '', 'Wie spät ist es in Tokio, wenn es in Berlin zwölf ist?'),
  asked('simple', '', '日本の首都はどこですか。'),
  asked('simple', 'reasoning', 'Why is the sky blue?'),
  asked('simple', 'reasoning', 'Pourquoi les feuilles tombent-elles en automne ?'),
];

const wording: LabelledRequest[] = [
  asked('simple', '', 'Translate into French: “The meeting was moved to Thursday, because the plan of the building was not ready.”'),
  asked('simple', '', 'Übersetze ins Englische: Der Zug hat wieder Verspätung.'),
  asked('simple', '', 'Correct the spelling: I recieved you’re letter yesteday and was definately suprised.'),
  asked('simple', '', 'Make this friendlier: Send me the report today.'),
  asked('simple', '', 'Give me a title for an article about urban bees.'),
  asked('simple', '', 'Summarise in one sentence: The board met on Tuesday and postponed the decision about the new site to spring.'),
  asked('medium', '', `Summarise the following report in three paragraphs.\n\n${longDocument(9_000)}`),
  asked('medium', '', `Translate this into Spanish and keep the headings.\n\n${longDocument(12_000)}`),
];

const extraction: LabelledRequest[] = [
  asked('simple', '', 'Is this review positive or negative? “The soup was cold and the waiter rude.”'),
  asked('simple', '', 'Extract the name and the e-mail address: Best regards, Ann Lee, ann_lee@example.com'),
  asked('simple', '', 'Which of these is a fruit: carrot, pear, leek?'),
  asked(
    'medium',
    '',
    'Extract every order with its items from this letter: “We would like two desks (walnut) and one chair, and for Lyon three lamps.”',
    {
      schema: ordersSchema,
    },
  ),
  asked('medium', '', `List every date and who is named with it.\n\n${longDocument(6_000)}`, { schema: ordersSchema }),
];

const code: LabelledRequest[] = [
  asked('simple', 'code', 'How do I reverse a list in Python?'),
  asked('simple', 'code', 'Write a regex that matches a five-digit number.'),
  asked('simple', 'code', 'Rename getUserName to fetchUserName in `profile.ts`.'),
  asked(
    'medium',
    'code',
    'Write a TypeScript function that groups orders by customer. It must not change its input, and must return at most 100 groups. Also write unit tests.',
  ),
  asked(
    'medium',
    'code',
    'Schreibe eine Funktion, die prüft, ob eine IBAN gültig ist. Sie muss ohne Bibliotheken auskommen. Danach schreibe Tests, mindestens zehn.',
  ),
  asked(
    'medium',
    'code',
    'What does this do?\n\n```py\ndef f(xs):\n    seen = set()\n    return [x for x in xs if not (x in seen or seen.add(x))]\n```\n\nRewrite it without the side effect, then add types.',
  ),
  asked(
    'hard',
    'code reasoning',
    'This test fails once in a hundred runs. Find the root cause, explain why it is rare, and propose a fix without a lock.\n\n```go\nfunc (c *Cache) Get(key string) *Entry {\n\te := c.entries[key]\n\tif e == nil {\n\t\te = c.load(key)\n\t\tc.entries[key] = e\n\t}\n\treturn e\n}\n```\n\npanic: concurrent map writes\ngoroutine 18 [running]:',
  ),
  asked(
    'hard',
    'code reasoning',
    'Debug this:\n\nTraceback (most recent call last):\n  File "app/jobs.py", line 88, in run\n    self.queue.ack(job)\nKeyError: \'lease\'\n\nIt only happens after a deploy. What causes it, what would happen if we retried, and which option do you recommend: a longer lease, or an idempotency key? Weigh the trade-offs.',
  ),
  asked(
    'medium',
    'code',
    'Review this change:\n\ndiff --git a/src/price.ts b/src/price.ts\n@@ -1,4 +1,4 @@\n-export const price = (n: number) => n * 1.19;\n+export const price = (n: number, rate = 0.19) => n * (1 + rate);',
  ),
  asked(
    'hard',
    'code reasoning',
    'Design a rate limiter for a REST API with several regions. Compare token bucket and sliding window, discuss the trade-offs under clock skew, then implement it in Go. It must survive the loss of a region and must never admit more than twice the limit.',
  ),
  asked(
    'hard',
    'code reasoning',
    'Refactor our payment module from callbacks to async code. Make a plan step by step, so that every commit compiles; list the risks of each step; finally estimate how long it takes.',
  ),
  asked('medium', 'code', '写一个函数，判断一个字符串是否是回文。必须忽略大小写，然后给出测试。'),
];

const maths: LabelledRequest[] = [
  asked('simple', '', 'What is 17 times 23?'),
  asked('simple', '', 'Convert 72 °F to °C.'),
  asked('medium', 'reasoning', 'Solve x^2 - 5x + 6 = 0.'),
  asked(
    'medium',
    'reasoning',
    'A train leaves at 9:00 at 80 km/h, another at 9:30 at 120 km/h. When does the second catch up? Show your work step by step.',
  ),
  asked(
    'hard',
    'reasoning',
    'Prove that there are infinitely many primes of the form 4k + 3, and derive a lower bound for their number below n.',
  ),
  asked(
    'hard',
    'reasoning',
    'Let f(x) = ∫₀ˣ e^(-t²) dt. Derive the Taylor series at 0 step by step, and prove that it converges for all real x.',
  ),
  asked('hard', 'reasoning', '证明根号二是无理数，并逐步推导其连分数展开。'),
  asked(
    'hard',
    'reasoning',
    'Beweise, dass jede stetige Funktion auf einem kompakten Intervall gleichmäßig stetig ist. Leite dann schrittweise eine Abschätzung her und zeige Schritt für Schritt, wo die Kompaktheit eingeht. Gib ein Gegenbeispiel ohne sie.',
  ),
];

const planning: LabelledRequest[] = [
  asked('medium', 'reasoning', 'Plan a three-day trip to Lisbon with two children.'),
  asked('medium', 'reasoning', 'Compare solar panels and a heat pump for a house from 1960.'),
  asked('medium', 'reasoning', 'Should we rent or buy? The rent is 1,200 a month, the flat costs 310,000.'),
  asked(
    'hard',
    'reasoning',
    'Make a migration plan from one data centre to two without downtime. Compare active-active and active-passive, weigh the trade-offs of cost and recovery time, and say what would happen if the link between them failed. It must fit into two quarters; at most three people can work on it.',
  ),
  asked(
    'hard',
    'reasoning',
    'We sell bicycles in four countries. Draw up a plan to enter a fifth:\n1. choose the country\n2. estimate the market\n3. plan hiring\n4. list the risks\n5. decide when to stop\nCompare at least three countries, justify the choice, and think through the second-order effects on our prices.',
  ),
  asked(
    'hard',
    'reasoning',
    'Elabora un plan para reducir el consumo de energía de un hospital sin cerrar quirófanos. Compara al menos tres medidas, explica las ventajas y desventajas de cada una paso a paso, y luego justifica el orden.',
  ),
  asked(
    'hard',
    'reasoning',
    'Составь план перехода на четырёхдневную неделю. Сравни два варианта, обоснуй выбор и объясни пошагово, что изменится для поддержки. Плюсы и минусы каждого — отдельно.',
  ),
];

const agents: LabelledRequest[] = [
  labelled(
    'simple',
    '',
    {
      messages: [
        { role: 'system', content: 'You answer guests of a hotel. Be brief.' },
        { role: 'user', content: '{"context":[],"input":{"question":"When is breakfast?"}}' },
      ],
    },
    'hotel, breakfast',
  ),
  labelled(
    'medium',
    '',
    {
      messages: [
        { role: 'system', content: 'You find flights. Ask for what is missing.' },
        { role: 'user', content: 'From Vienna to Oslo on Friday, back on Sunday.' },
        { role: 'assistant', content: 'How many of you are travelling?' },
        { role: 'user', content: 'Two. Without stops, at most 300 euros, and then book seats together.' },
      ],
      tools: searchTools,
    },
    'flights with tools',
  ),
  labelled(
    'medium',
    '',
    {
      messages: [
        { role: 'system', content: 'You look up parcels.' },
        { role: 'user', content: 'Where is parcel 4471?' },
        { role: 'assistant', content: '', tool_calls: [{ id: 'c1', name: 'search', input: { query: '4471' } }] },
        { role: 'tool', call: 'c1', name: 'search', content: '{"status":"in transit","place":"Graz"}' },
      ],
      tools: searchTools,
    },
    'parcel with a result',
  ),
  labelled(
    'hard',
    'code reasoning',
    {
      messages: [
        { role: 'system', content: 'You are a careful engineer. Think step by step before you change anything.' },
        {
          role: 'user',
          content: JSON.stringify({
            context: [
              {
                from: 'read',
                value: 'export function total(xs: number[]) {\n  let sum = 0;\n  for (const x of xs) sum += x;\n  return sum;\n}',
              },
            ],
            input: {
              task: 'Find out why total is wrong for large carts. Compare two fixes and design a test that must fail without them.',
            },
          }),
        },
      ],
      tools: searchTools,
      schema: ordersSchema,
    },
    'engineer with context, tools and schema',
  ),
  labelled(
    'hard',
    'reasoning',
    {
      messages: [
        { role: 'system', content: 'You advise a city council. Name the sources.' },
        {
          role: 'user',
          content: `${longDocument(40_000)}\n\nWhat are the implications of this report for traffic? Compare the options and recommend one, step by step.`,
        },
      ],
      schema: ordersSchema,
    },
    'council, long report',
  ),
];

/** Requests of many kinds, labelled by hand before they were measured. */
export const labelledRequests: readonly LabelledRequest[] = [
  ...questions,
  ...wording,
  ...extraction,
  ...code,
  ...maths,
  ...planning,
  ...agents,
];
