const perDollar = 10n ** 12n;
const perMicroDollar = 10n ** 6n;

/**
 * US dollars as pico-dollars (10⁻¹² dollars): `2.5`, `0.000003`. Exact for what a person writes: the decimal text is read, not the
 * binary fraction behind it. What is smaller than a pico-dollar is rounded up: a price is never taken for less than it is.
 * @throws RangeError for a negative amount or one that is not finite.
 */
export function picoDollars(usd: number | string): bigint {
  const text = typeof usd === 'number' ? decimalText(usd) : usd;
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new RangeError(`${text} is not an amount of dollars`);
  const [, whole = '0', fraction = ''] = match;
  const exact = BigInt(whole) * perDollar + BigInt(fraction.slice(0, 12).padEnd(12, '0'));
  return /[1-9]/.test(fraction.slice(12)) ? exact + 1n : exact;
}

/** The shortest decimal text of a number, without an exponent. */
function decimalText(value: number): string {
  const text = String(value);
  const match = /^(\d+)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (!match) return text;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  return `0.${'0'.repeat(Number(exponent) - whole.length)}${whole}${fraction}`;
}

/** An amount for people, to the micro-dollar, rounded half up: `$0.004213`; at least two digits after the point. */
export function usdText(amount: bigint): string {
  const micro = (amount + perMicroDollar / 2n) / perMicroDollar;
  const digits = (micro % 1_000_000n)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `$${micro / 1_000_000n}.${digits}`;
}
