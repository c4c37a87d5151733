import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contender } from '../contender.ts';

const blockBytes = 8192;
const fileBytes = 16 * 2 ** 20;

/**
 * The disk alone, as PostgreSQL uses it: blocks of its log overwritten in a file that has its full size, each followed by `fdatasync`.
 * What `pg_test_fsync` measures. The file lies where the server's directory does.
 */
export function disk(): Contender {
  const block = Buffer.alloc(blockBytes, 1);
  let directory: string;
  let file: FileHandle;
  let written = 0;
  const write = async () => {
    await file.write(block, 0, blockBytes, (written * blockBytes) % fileBytes);
    await file.datasync();
    written += 1;
  };
  return {
    name: 'disk: 8 KiB and fdatasync, no database',
    part: 'floor',
    durability: 'every block',
    everyStep: false,
    setup: async () => {
      directory = await mkdtemp(join(tmpdir(), 'espalier-bench-'));
      file = await open(join(directory, 'blocks'), 'w');
      await file.write(Buffer.alloc(fileBytes));
      await file.sync();
    },
    run: async (_clients, count) => {
      for (let index = 0; index < count; index += 1) await write();
    },
    verify: async (runs) => {
      if (written !== runs) throw new Error(`the disk was written ${written} times; expected ${runs}`);
    },
    close: async () => {
      await file.close();
      await rm(directory, { recursive: true });
    },
  };
}
