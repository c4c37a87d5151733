import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';
import { Secret } from './secret.ts';

const text = 'sk-ant/api03+Zq8vXw=="é';
const secrets = [new Secret('other-key-123'), new Secret(text)];
const base64 = (value: string) => Buffer.from(value).toString('base64');

describe('ENG-C text from outside', () => {
  it.each([
    ['as it is', `no such key: ${text}.`],
    ['escaped for a URL', `GET /models?key=${encodeURIComponent(text)} failed`],
    ['escaped in small letters', `GET /?key=${encodeURIComponent(text).replaceAll(/%../g, (code) => code.toLowerCase())}`],
    ['as JSON', JSON.stringify({ key: text })],
    ['as Base64', `got ${base64(text)}`],
    ['as Base64 for URLs', `got ${Buffer.from(text).toString('base64url')}`],
    ['twice', `${text}${text}`],
  ])('loses the secret %s', (_, said) => {
    const left = redact(said, secrets);
    expect(left).toContain('[secret]');
    for (const piece of ['ant', 'Zq8', base64(text).slice(4, 12)]) expect(left).not.toContain(piece);
  });

  it('loses it inside a longer text in Base64, wherever it begins and ends there', () => {
    for (const user of ['', 'u', 'us', 'use']) {
      for (const end of ['', '!', '!!']) {
        const left = redact(`Basic ${base64(`${user}${text}${end}`)}`, secrets);
        const readable = left.split('[secret]').map((part) => Buffer.from(part.replace('Basic ', ''), 'base64').toString());
        expect(left).toContain('[secret]');
        expect(readable.join()).not.toMatch(/sk-|Zq8/);
      }
    }
  });

  it('stays as it is without a secret in it, and without secrets', () => {
    expect(redact('The model is overloaded.', secrets)).toBe('The model is overloaded.');
    expect(redact('abc', [])).toBe('abc');
    expect(redact('abc', [new Secret('')])).toBe('abc');
  });

  it('takes the longer of two secrets of which one begins with the other', () => {
    expect(redact('key-12345', [new Secret('key-1'), new Secret('key-12345')])).toBe('[secret]');
  });

  it('holds no secret afterwards, whatever stands around it', () => {
    const around = fc.string({ unit: 'binary' });
    const anySecret = fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => !'[secret]'.includes(key));
    fc.assert(
      fc.property(around, anySecret, around, (before, key, after) => {
        for (const part of redact(`${before}${key}${after}`, [new Secret(key)]).split('[secret]')) expect(part).not.toContain(key);
      }),
    );
  });

  it('of 10 MB is done within seconds, even if it nearly repeats the secret', () => {
    const key = `${'a'.repeat(40)}b`;
    const began = performance.now();
    expect(redact('a'.repeat(10_000_000), [new Secret(key)])).toHaveLength(10_000_000);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
