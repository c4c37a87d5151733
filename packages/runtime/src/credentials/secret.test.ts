import { format, inspect } from 'node:util';
import { serialize } from 'node:v8';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { canonicalJson, faultOf, jsonFault } from '@espalier/core';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';

const text = 'sk-ant-api03-Zq8vXw';
const secret = new Secret(text);

const printed: [string, () => string][] = [
  ['a template', () => `${secret}`],
  ['String()', () => String(secret)],
  ['concatenation', () => `key: ${[secret].join()}`],
  ['JSON', () => JSON.stringify({ secret, list: [secret] })],
  ['inspect', () => inspect({ secret }, { depth: 20, showHidden: true })],
  ['inspect with getters', () => inspect(secret, { getters: true, showProxy: true })],
  ['a format', () => format('%s %o %O %j', secret, secret, secret, secret)],
  ['an error’s message', () => inspect(new Error(`refused ${secret}`, { cause: secret }), { depth: 20 })],
  ['an error’s members', () => inspect(Object.assign(new Error('refused'), { secret }), { depth: 20 })],
  ['a thrown secret', () => faultOf(`${secret}`).message],
];

describe('ENG-C a secret', () => {
  it.each(printed)('prints [secret] in %s', (_, print) => {
    expect(print()).toContain('[secret]');
    expect(print()).not.toContain(text);
  });

  it.each<[string, () => unknown]>([
    ['a structured clone', () => structuredClone(secret)],
    ['a spread', () => ({ ...secret })],
    ['Object.assign', () => Object.assign({}, secret)],
    ['own keys', () => Reflect.ownKeys(secret)],
    ['descriptors', () => Object.getOwnPropertyDescriptors(secret)],
    ['entries', () => Object.entries(secret)],
    ['inspection without its own words', () => inspect(secret, { customInspect: false, showHidden: true, depth: 20 })],
    ['bytes for another process', () => serialize(secret).toString('latin1')],
    ['a number', () => Number(secret)],
  ])('gives nothing in %s', (_, taken) => {
    expect(inspect(taken(), { depth: 20, showHidden: true })).not.toContain(text);
  });

  it('arrives empty in another thread', () => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage({ secret });
    expect(receiveMessageOnPort(port2)).toEqual({ message: { secret: {} } });
    port1.close();
  });

  it('is refused by journals, which hold plain data alone', () => {
    expect(jsonFault({ key: secret })).toEqual({ path: '/key', reason: 'a Secret is not a plain object' });
    expect(canonicalJson({ key: JSON.parse(JSON.stringify(secret)) })).toBe('{"key":"[secret]"}');
  });

  it('comes out by reveal, and cannot be given other members', () => {
    expect(secret.reveal()).toBe(text);
    expect(() => Object.assign(secret, { text })).toThrow(TypeError);
  });
});
