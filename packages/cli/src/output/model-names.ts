import type { ModelRoute, RouteCondition, Workflow } from '@espalier/core';
import { oneLine } from './printable.ts';
import { countText } from './quantities.ts';
import type { Style } from './style.ts';
import { pad, textWidth } from './text-width.ts';
import { indented } from './wrap-text.ts';

/** Whom the agents of a workflow ask, and what stands behind the names of chains and routes. */
export function modelNames({ agents, models }: Workflow, { width, style }: { width: number; style: Style }): string {
  const sections: [string, Entry[]][] = [
    ['Agents', [...agents.values()].map(({ id, llm, fallback }) => ({ id, lines: [[llm, ...fallback].join(' → ')] }))],
    ['Chains', models.chains.map(({ id, steps }) => ({ id, lines: [steps.map(stepText).join(' → ')] }))],
    ['Routes', models.routes.map((route) => ({ id: route.id, lines: routeLines(route) }))],
  ];
  const column = Math.max(...sections.flatMap(([, entries]) => entries.map(({ id }) => textWidth(id))), 0);
  return sections
    .filter(([, entries]) => entries.length > 0)
    .map(([title, entries]) => `\n${style.bold(title)}\n${entries.map((entry) => entryText(entry, column, width)).join('')}`)
    .join('');
}

interface Entry {
  id: string;
  lines: readonly string[];
}

function entryText({ id, lines }: Entry, column: number, width: number): string {
  return lines
    .map((line, index) => {
      const label = pad(index === 0 ? oneLine(id) : '', column);
      return `  ${label}  ${indented(line, column + 4, width).trimStart()}`;
    })
    .join('');
}

/** Those of one step share the load. */
function stepText(step: string | readonly string[]): string {
  return typeof step === 'string' ? step : step.join(' | ');
}

function routeLines({ rules, default: otherwise }: ModelRoute): string[] {
  return [
    ...rules.map(({ tier, when, use }) => `${tier}, ${conditionText(when)}: ${use}`),
    `${otherwise.tier}, otherwise: ${otherwise.use}`,
  ];
}

/** What a request must be like, in words. */
function conditionText(when: RouteCondition): string {
  const parts = [
    ...(when.complexity_below === undefined ? [] : [`complexity below ${when.complexity_below}`]),
    ...(when.complexity_from === undefined ? [] : [`complexity from ${when.complexity_from}`]),
    ...(when.tokens_below === undefined ? [] : [`below ${countText(when.tokens_below, 'token')}`]),
    ...(when.tokens_from === undefined ? [] : [`from ${countText(when.tokens_from, 'token')}`]),
    ...is('code', when.code),
    ...is('reasoning', when.reasoning),
    ...is('a schema', when.structured),
    ...is('tools', when.tools),
  ];
  return parts.length === 0 ? 'always' : `if ${parts.join(' and ')}`;
}

function is(what: string, wanted: boolean | undefined): string[] {
  return wanted === undefined ? [] : [`${wanted ? 'with' : 'without'} ${what}`];
}
