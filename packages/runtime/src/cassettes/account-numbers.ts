const letterA = 'A'.charCodeAt(0);

/** How card numbers begin, by their length. Most years, times since 1970 and 64-bit ids do not. */
const issuers = [/^[4-6]\d{12}$/, /^(?:[3-9]|2[2-7])\d{13,15}$/, /^[56]\d{16,18}$/];

/** Whether digits satisfy the check of payment cards (ISO/IEC 7812-1, Luhn) and begin as an issuer's do. */
export function isCardNumber(digits: string): boolean {
  return issuers.some((issuer) => issuer.test(digits)) && luhnSum(digits) % 10 === 0;
}

function luhnSum(digits: string): number {
  let sum = 0;
  for (let fromEnd = 0; fromEnd < digits.length; fromEnd += 1) {
    const digit = Number(digits[digits.length - 1 - fromEnd]);
    const weighed = fromEnd % 2 === 0 ? digit : 2 * digit;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum;
}

/** Whether letters and digits satisfy the check of bank accounts (ISO 13616: ISO/IEC 7064 mod 97-10), whatever their case. */
export function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z\d]{11,30}$/i.test(text)) return false;
  const turned = `${text.slice(4)}${text.slice(0, 4)}`.toUpperCase();
  const digits = turned.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - letterA + 10));
  return BigInt(digits) % 97n === 1n;
}
