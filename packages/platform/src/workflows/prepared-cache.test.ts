import type { PreparedWorkflow } from '@espalier/runtime';
import { expect, it } from 'vitest';
import { preparedCache } from './prepared-cache.ts';

function counting(fails = () => false) {
  const asked: string[] = [];
  const cache = preparedCache(async (tenant, hash) => {
    asked.push(`${tenant}/${hash}`);
    if (fails()) throw new Error('not now');
    return {} as PreparedWorkflow;
  });
  return { asked, cache };
}

it('prepares a workflow once, for each tenant by itself', async () => {
  const { asked, cache } = counting();
  const [one, same, other] = await Promise.all([cache('a', 'h'), cache('a', 'h'), cache('b', 'h')]);
  expect(one).toBe(same);
  expect(one).not.toBe(other);
  expect(asked).toEqual(['a/h', 'b/h']);
});

it('prepares again what could not be prepared', async () => {
  let broken = true;
  const { asked, cache } = counting(() => broken);
  await expect(cache('a', 'h')).rejects.toThrow('not now');
  broken = false;
  await cache('a', 'h');
  await cache('a', 'h');
  expect(asked).toHaveLength(2);
});

it('keeps those that were used last', async () => {
  const { asked, cache } = counting();
  await cache('a', 'often');
  for (let index = 0; index < 150; index += 1) {
    await cache('a', `h${index}`);
    await cache('a', 'often');
  }
  expect(asked.filter((key) => key === 'a/often')).toHaveLength(1);
  await cache('a', 'h0');
  expect(asked.filter((key) => key === 'a/h0')).toHaveLength(2);
});
