import type { EndedVisit } from '../activity/visit.ts';
import type { Paint, Style } from './style.ts';

const symbols = { success: '✓', failure: '✗', partial: '◐', cancelled: '–' } as const;

/** The symbol of an outcome. */
export function outcomeSymbol(outcome: EndedVisit['outcome']): string {
  return symbols[outcome];
}

/** The colour of an outcome. */
export function outcomePaint(outcome: EndedVisit['outcome'], style: Style): Paint {
  return { success: style.green, failure: style.red, partial: style.yellow, cancelled: style.dim }[outcome];
}
