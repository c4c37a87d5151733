import { afterEach, beforeEach, describe } from 'vitest';
import { alerting } from './testing/alerting.ts';
import type { BookkeepingUnderTest } from './testing/bookkeeping.ts';
import { interleaving } from './testing/interleaving.ts';
import { closing, refusing } from './testing/refusing.ts';
import { reserving } from './testing/reserving.ts';
import { listing, summing } from './testing/summing.ts';

/** The vitest suite that every journal with books passes (S21). */
export function bookkeepingConformance(name: string, open: () => Promise<BookkeepingUnderTest>): void {
  describe(`${name} as a journal with books, used by several runs at once`, () => interleaving(open, 25));
  describe(`${name} as a journal with books`, () => {
    let subject: BookkeepingUnderTest;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.close());

    describe('reserving and settling', () => reserving(() => subject));
    describe('a refusal', () => refusing(() => subject));
    describe('an alert', () => alerting(() => subject));
    describe('a closed budget', () => closing(() => subject));
    describe('usage', () => summing(() => subject));
    describe('budgets', () => listing(() => subject));
  });
}
