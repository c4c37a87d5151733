import { mkdir, mkdtemp, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';

/** The machine that the numbers belong to. */
export interface Machine {
  node: string;
  platform: string;
  cores: number;
  processor: string;
  memoryGiB: number;
  /** The file system under what the bench writes. */
  fileSystem: string;
}

const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlay',
};
const memoryFileSystems = ['tmpfs'];

export async function describeMachine(disk: string): Promise<Machine> {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    fileSystem: await fileSystemOf(disk),
  };
}

/** A new directory for what the bench writes, inside the repository because /tmp is often in memory, where fsync costs nothing. */
export async function makeDiskDirectory(): Promise<string> {
  const parent = join(import.meta.dirname, '../.espalier');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'bench-'));
}

/** What a commit to a journal in `fileSystem` survives. */
export function durabilityOn(fileSystem: string): string {
  if (memoryFileSystems.includes(fileSystem)) return `JSONL on ${fileSystem}: in memory, so its figures say nothing about a disk`;
  return `JSONL on ${fileSystem}: each commit fdatasynced before it counts; survives a power cut as far as the disk keeps its word`;
}

async function fileSystemOf(path: string): Promise<string> {
  const { type } = await statfs(path);
  return fileSystems[type] ?? `file system type ${type}`;
}
