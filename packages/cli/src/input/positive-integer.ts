import { InvalidArgumentError } from 'commander';

/** The value of an option that counts. @throws InvalidArgumentError, which commander reports with the name of the option. */
export function positiveInteger(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1.');
}
