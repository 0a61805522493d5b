import { open } from 'node:fs/promises';

const NEWLINE = 0x0a;
const BLOCK_BYTES = 64 * 1024;

/**
 * Cuts off what a killed process left behind its last whole line. That write was
 * never acknowledged; left in place, nedb would count it as damage, and in a small
 * file refuse to open it.
 *
 * @returns how many bytes were cut off; 0 also when there is no such file.
 */
export async function trimTornLine(filename: string): Promise<number> {
  const file = await open(filename, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return 0;
  try {
    const { size } = await file.stat();
    const end = await endOfLastLine(file, size);
    if (end < size) await file.truncate(end);
    return size - end;
  } finally {
    await file.close();
  }
}

async function endOfLastLine(
  file: Awaited<ReturnType<typeof open>>,
  size: number,
): Promise<number> {
  const block = Buffer.alloc(Math.min(BLOCK_BYTES, size));
  for (let end = size; end > 0; end -= block.length) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    const newline = block.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (newline >= 0) return start + newline + 1;
  }
  return 0;
}
