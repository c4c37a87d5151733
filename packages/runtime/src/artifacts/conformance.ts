import { sha256 } from '@espalier/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Artifacts } from '../ports/artifacts.ts';

/** One artifact store under test, on storage of its own. */
export interface ArtifactsUnderTest {
  artifacts: Artifacts;
  close(): Promise<void>;
}

/** The vitest suite that every adapter of the Artifacts port passes. */
export function artifactsConformance(name: string, open: () => Promise<ArtifactsUnderTest>): void {
  describe(`${name} as Artifacts (ENG-A)`, () => {
    let subject: ArtifactsUnderTest;
    beforeEach(async () => {
      subject = await open();
    });
    afterEach(() => subject.close());

    describe('storing', () => storing(() => subject.artifacts));
    describe('isolation', () => isolation(() => subject.artifacts));
  });
}

const every = Uint8Array.from({ length: 256 }, (_, index) => index);

function storing(artifacts: () => Artifacts): void {
  it.each([
    ['nothing at all', new Uint8Array()],
    ['text', Buffer.from('Grüße, 世界')],
    ['every byte there is', every],
    ['two megabytes', Buffer.alloc(2_000_000, 'espalier')],
  ])('gives back %s under its SHA-256', async (_what, content) => {
    const hash = await artifacts().put(content);
    expect(hash).toBe(sha256(content));
    expect(Buffer.from((await artifacts().get(hash)) ?? 'missing').equals(content)).toBe(true);
  });

  it('gives equal content the same hash, also when stored at the same time', async () => {
    const hashes = await Promise.all(Array.from({ length: 8 }, () => artifacts().put(every)));
    expect(new Set(hashes)).toEqual(new Set([sha256(every)]));
    expect(await artifacts().get(sha256(every))).toHaveLength(256);
  });

  it('answers undefined for what was never stored', async () => {
    expect(await artifacts().get(sha256('never stored'))).toBeUndefined();
  });

  it.each(['', '..', `../../${'a'.repeat(58)}`, 'A'.repeat(64), 'g'.repeat(64), `${'a'.repeat(64)}\n`])(
    'refuses %j as a hash',
    async (hash) => {
      await expect(artifacts().get(hash)).rejects.toMatchObject({ code: 'input.invalid' });
    },
  );
}

function isolation(artifacts: () => Artifacts): void {
  it('keeps what was stored when the caller changes its bytes, even before put resolves', async () => {
    const content = Uint8Array.from([1, 2, 3]);
    const storing = artifacts().put(content);
    content.fill(9);
    const hash = await storing;
    content.fill(8);
    expect([...((await artifacts().get(hash)) ?? [])]).toEqual([1, 2, 3]);
  });

  it('keeps what was stored when a reader changes its bytes', async () => {
    const hash = await artifacts().put(every);
    (await artifacts().get(hash))?.fill(0);
    expect([...((await artifacts().get(hash)) ?? [])]).toEqual([...every]);
  });
}
