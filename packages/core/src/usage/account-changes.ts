import type { TimedEvent } from '../wire/events.ts';
import type { Reservation, TokenUsage } from '../wire/usage.ts';

/** What a commit does to the books: an amount is set aside for one try of a model call, or what was set aside is settled (S21). */
export type AccountChange =
  | { do: 'reserve'; key: string; try: number; task: string; node: string; at: number; reservation: Reservation }
  | {
      do: 'settle';
      key: string;
      try: number;
      at: number;
      cost: string;
      tokens: TokenUsage | undefined;
      isAssumed: boolean;
      hasFailed: boolean;
    }
  | { do: 'close'; key: string; try: number };

/** The changes of the books that events of one run's journal stand for, in order. */
export function accountChanges(events: readonly TimedEvent[]): AccountChange[] {
  return events.flatMap((event): AccountChange[] => {
    switch (event.type) {
      case 'effect.started': {
        const { key, try: attempt, task, node, reservation } = event.payload;
        return reservation ? [{ do: 'reserve', key, try: attempt, task, node, at: event.at, reservation }] : [];
      }
      case 'usage.recorded': {
        const { key, try: attempt, cost, tokens, error } = event.payload;
        return [{ do: 'settle', key, try: attempt, at: event.at, cost, tokens, isAssumed: false, hasFailed: error !== undefined }];
      }
      case 'usage.assumed': {
        const { key, try: attempt, cost } = event.payload;
        return [{ do: 'settle', key, try: attempt, at: event.at, cost, tokens: undefined, isAssumed: true, hasFailed: true }];
      }
      case 'budget.overrun':
        return [{ do: 'close', key: event.payload.key, try: event.payload.try }];
      default:
        return [];
    }
  });
}
