// The last gzip member of a bundle is empty; its header contains the position of the manifest: ID1 ID2 CM FLG, MTIME,
// XFL OS, then one extra field, an empty block, and the checksum and size of nothing.
// https://www.rfc-editor.org/rfc/rfc1952#page-8

const SUBFIELD = 'WF';
const DATA_BYTES = 8;
const START = Buffer.from([
  0x1f,
  0x8b,
  8,
  4,
  0,
  0,
  0,
  0,
  0,
  0xff,
  4 + DATA_BYTES,
  0,
  ...Buffer.from(SUBFIELD),
  DATA_BYTES,
  0,
]);
const END = Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** Length of the index at the end of each bundle, which locates the manifest. */
export const INDEX_BYTES = START.length + DATA_BYTES + END.length;

/** @param manifestOffset position of the manifest's first gzip member. */
export function writeIndex(manifestOffset: number): Buffer {
  const data = Buffer.alloc(DATA_BYTES);
  data.writeBigUInt64LE(BigInt(manifestOffset));
  return Buffer.concat([START, data, END]);
}

/**
 * @param tail the last bytes of a file, `INDEX_BYTES` or more.
 * @returns the position of the manifest; undefined if the file is no bundle.
 */
export function readIndex(tail: Buffer): number | undefined {
  const index = tail.subarray(-INDEX_BYTES);
  const fits =
    index.length === INDEX_BYTES &&
    index.subarray(0, START.length).equals(START) &&
    index.subarray(-END.length).equals(END);
  if (!fits) return undefined;
  const offset = Number(index.readBigUInt64LE(START.length));
  return Number.isSafeInteger(offset) ? offset : undefined;
}
