import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import type { AwsClientsOptions } from '../../../src/aws/index.js';
import type { BundlerFigures, BundlerTask } from '../../../bench/children/bundler.js';
import { SMALL_HEAP } from '../../../bench/bundles.js';
import { start } from '../../../bench/stage.js';

const MIB = 1024 * 1024;
/** `npm run bench -- bundles` prints it for 5 GiB and 100,000 objects; it is reached with the first bundle. */
const MAX_GROWN_BYTES = 150 * MIB;
const TEST_TIMEOUT_MS = 900_000;

let s3: ChildProcess;
let aws: AwsClientsOptions;

beforeAll(async () => {
  s3 = start('./children/streaming-s3.ts');
  [aws] = (await once(s3, 'message')) as [AwsClientsOptions];
});
afterAll(() => void s3.kill('SIGKILL'));

async function bundle(task: Omit<BundlerTask, 'aws'>): Promise<BundlerFigures> {
  const child = start('./children/bundler.ts', SMALL_HEAP);
  try {
    child.send({ ...task, aws });
    const [figures] = (await once(child, 'message')) as [BundlerFigures];
    return figures;
  } finally {
    child.kill('SIGKILL');
  }
}

describe('the memory of a bundler', () => {
  it.each([
    ['one object of 1 GiB', { objects: 1, bytes: 1024 * MIB, level: 1 }],
    ['25 000 objects of 1 KiB', { objects: 25_000, bytes: 1024, level: 6 }],
  ])(
    'grows by no more than 150 MiB over %s',
    async (_what, task) => {
      expect((await bundle(task)).grownBytes).toBeLessThan(MAX_GROWN_BYTES);
    },
    TEST_TIMEOUT_MS,
  );
});
