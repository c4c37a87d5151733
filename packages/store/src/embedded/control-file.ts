/** What `global/pg_control` says about a database, as far as opening it depends on it. */
export interface ControlFile {
  /** The version of this file's own layout. */
  format: number;
  /** The version of the system catalogs: a server opens its own alone. */
  catalog: number;
  /** Whether the database was closed in order; otherwise it is recovered from its WAL when it is opened. */
  closed: boolean;
  /** The WAL file that opening it begins with, and its size in bytes. */
  wal: { name: string; size: number };
  /** Whether the checksum fits; only to be trusted where `format` is the one we know. */
  sound: boolean;
}

// ControlFileData of PostgreSQL 18 (src/include/catalog/pg_control.h), little-endian, as laid out for wasm32.
const offsets = { format: 8, catalog: 12, state: 16, redo: 40, timeline: 48, walSize: 228, checksum: 292 };
const shutDown = 1;

/** Reads the content of `global/pg_control`. @returns undefined if it is too short to be one. */
export function readControlFile(content: Buffer): ControlFile | undefined {
  if (content.length < offsets.checksum + 4) return undefined;
  const size = content.readUInt32LE(offsets.walSize);
  const position = { redo: content.readBigUInt64LE(offsets.redo), timeline: content.readUInt32LE(offsets.timeline) };
  return {
    format: content.readUInt32LE(offsets.format),
    catalog: content.readUInt32LE(offsets.catalog),
    closed: content.readUInt32LE(offsets.state) === shutDown,
    wal: { name: walFileName(position, size), size },
    sound: crc32c(content.subarray(0, offsets.checksum)) === content.readUInt32LE(offsets.checksum),
  };
}

/** Three groups of eight hexadecimal digits: the timeline, and the segment's number in units of 4 GiB and within one. */
function walFileName({ redo, timeline }: { redo: bigint; timeline: number }, size: number): string {
  if (size === 0) return '';
  const segment = redo / BigInt(size);
  const perUnit = 0x1_0000_0000n / BigInt(size);
  const groups = [BigInt(timeline), segment / perUnit, segment % perUnit];
  return groups.map((group) => group.toString(16).toUpperCase().padStart(8, '0')).join('');
}

/** The Castagnoli checksum, reflected polynomial 0x82F63B78. Node has only the other CRC-32. */
function crc32c(content: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of content) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
