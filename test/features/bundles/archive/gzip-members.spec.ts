import { createCipheriv } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  BLOCK_BYTES,
  BLOCKS_PER_MEMBER,
  GzipMembers,
} from '../../../../src/features/bundles/archive/gzip-members.js';
import { differenceOf } from '../../../support/bytes.js';

const MEMBER_BYTES = BLOCK_BYTES * BLOCKS_PER_MEMBER;

function gzip(level = 6) {
  const pieces: Buffer[] = [];
  const members = new GzipMembers({ level, write: (bytes) => void pieces.push(bytes) });
  return { members, packed: () => Buffer.concat(pieces) };
}

/** Half of it random, so that it can be deflated a little; the same in each run. */
function input(bytes: number, seed = 1): Buffer {
  const half = Math.ceil(bytes / 2);
  const random = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return Buffer.from(random.update(Buffer.alloc(half)).toString('hex'), 'latin1').subarray(
    0,
    bytes,
  );
}

async function packed(pieces: readonly Buffer[], level?: number) {
  const { members, packed: all } = gzip(level);
  for (const piece of pieces) await members.write(piece);
  await members.flush();
  return { bytes: all(), members: members.members };
}

describe('gzip members', () => {
  it.each([
    0,
    1,
    BLOCK_BYTES - 1,
    BLOCK_BYTES,
    BLOCK_BYTES + 1,
    MEMBER_BYTES,
    MEMBER_BYTES + 1,
    3 * MEMBER_BYTES + 7,
  ])('of %d bytes are one gzip file', async (size) => {
    const whole = input(size);
    const { bytes } = await packed([whole]);
    const read = size === 0 ? bytes : gunzipSync(bytes);
    expect(differenceOf(read, whole)).toBe('none');
  });

  it('can each be read by itself, one for every MiB of input', async () => {
    const whole = input(3 * MEMBER_BYTES + 5);
    const { bytes, members } = await packed([whole]);
    expect(members.map(({ inputOffset }) => inputOffset)).toEqual([
      0,
      MEMBER_BYTES,
      2 * MEMBER_BYTES,
      3 * MEMBER_BYTES,
    ]);
    for (const [index, { offset, inputOffset }] of members.entries()) {
      const one = gunzipSync(bytes.subarray(offset, members[index + 1]?.offset));
      const part = whole.subarray(inputOffset, inputOffset + MEMBER_BYTES);
      expect(differenceOf(one, part)).toBe('none');
    }
  });

  it('are the same bytes however the input is cut', async () => {
    const whole = input(MEMBER_BYTES + BLOCK_BYTES + 99);
    const { bytes: once } = await packed([whole]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 12 }),
        async (cuts) => {
          const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length];
          const pieces = at.slice(1).map((to, index) => whole.subarray(at[index], to));
          const { bytes } = await packed(pieces);
          expect(differenceOf(bytes, once)).toBe('none');
        },
      ),
      { numRuns: 10 },
    );
  });

  it('look back over the edge of a block, so that what is repeated costs nothing again', async () => {
    const repeated = input(30_000);
    const blocks = Buffer.concat(Array.from({ length: 30 }, () => repeated));
    const { bytes } = await packed([blocks]);
    const { bytes: one } = await packed([repeated]);
    expect(bytes.length).toBeLessThan(one.length * 1.5);
  });

  it('go back to where they were, and go on from there', async () => {
    const { members, packed: all } = gzip();
    await members.write(input(100));
    await members.flush();
    const { inputBytes, outputBytes } = members;
    await members.write(input(MEMBER_BYTES * 2, 2));
    await members.flush();
    members.rewind({ inputBytes, outputBytes, members: 1 });
    const undone = all().length;
    await members.write(input(50, 3));
    await members.flush();
    const bytes = Buffer.concat([all().subarray(0, outputBytes), all().subarray(undone)]);
    const kept = Buffer.concat([input(100), input(50, 3)]);
    expect(differenceOf(gunzipSync(bytes), kept)).toBe('none');
    expect(members.members.map(({ inputOffset }) => inputOffset)).toEqual([0, 100]);
    expect(members.outputBytes).toBe(bytes.length);
  });

  it('reject the flush when the output could not be written', async () => {
    const full = new Error('ENOSPC');
    const members = new GzipMembers({ level: 1, write: () => Promise.reject(full) });
    const writing = async (): Promise<void> => {
      for (let left = 30; left > 0; left--) await members.write(input(BLOCK_BYTES));
      await members.flush();
    };
    await expect(writing()).rejects.toBe(full);
  });
});
