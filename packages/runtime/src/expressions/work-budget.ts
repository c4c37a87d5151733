import { EspalierError } from '@espalier/core';
import { isFunctionValue } from './function-value.ts';
import { expressionLimits } from './limits.ts';

/** What one evaluation has spent. Every method throws EspalierError `expression.too_costly` once a limit is passed. */
export class WorkBudget {
  #spent = 0;
  /** Weights already known. JSONata shares values instead of copying them, so a small graph can be an enormous tree. */
  readonly #weights = new Map<object, number>();
  /** How often each grouping key was evaluated. */
  readonly #keys = new Map<object, number>();

  spend(units: number): void {
    this.#spent += units;
    if (this.#spent > expressionLimits.work) throw tooCostly(`it needs more than ${expressionLimits.work} steps`);
  }

  /** Charges for reading `value` without looking inside its members. */
  spendShallow(value: unknown): void {
    if (typeof value === 'string') this.spend(value.length >>> 6);
    else if (Array.isArray(value)) this.spend(value.length >>> 6);
  }

  /** Charges for reading all of `value`. */
  spendDeep(value: unknown): void {
    this.spend(this.weigh(value) >>> 6);
  }

  /** Charges for an appended group, whose cost grows with each member that came before it. */
  spendGroupKey(key: object): void {
    const count = (this.#keys.get(key) ?? 0) + 1;
    this.#keys.set(key, count);
    this.spend(count >>> 8);
  }

  /** The number of values in the tree under `value`; functions count as one. */
  weigh(value: unknown): number {
    if (typeof value === 'string') return 1 + (value.length >>> 4);
    if (typeof value !== 'object' || value === null || isFunctionValue(value)) return 1;
    const known = this.#weights.get(value);
    if (known !== undefined) return known;
    let weight = 1;
    for (const member of Array.isArray(value) ? value : Object.values(value)) weight += this.weigh(member);
    if (weight > expressionLimits.weight) throw tooCostly('it builds a value that is too large');
    this.#weights.set(value, weight);
    return weight;
  }

  /** Refuses strings and lists that are too long. */
  checkSize(value: unknown): void {
    if (typeof value === 'string') this.checkText(value.length);
    else if (Array.isArray(value)) this.spendShallow(value);
  }

  /** Refuses a text of that many characters before it is made. */
  checkText(characters: number): void {
    if (characters > expressionLimits.text) throw tooCostly(`it builds a text of more than ${expressionLimits.text} characters`);
  }
}

/** The error of an expression that costs too much. `reason` completes “the expression was stopped:”. */
export function tooCostly(reason: string): EspalierError {
  return new EspalierError('expression.too_costly', `The expression was stopped: ${reason}.`);
}
