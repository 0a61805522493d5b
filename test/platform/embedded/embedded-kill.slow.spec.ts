import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../../src/aws/index.js';
import { EmbeddedAws } from '../../../src/platform/embedded/index.js';
import { differenceOf } from '../../support/bytes.js';

// As embedded-child.ts names it.
const QUEUE = 'jobs';

describe('EmbeddedAws', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'weft-embedded-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('refuses the folder of another live process, and after SIGKILL finds all it had acknowledged', async () => {
    const child = spawn(
      process.execPath,
      [
        '--import',
        './test/support/ts-hooks.js',
        './test/platform/embedded/embedded-child.ts',
        dataDir,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const ended = once(child, 'exit');
    let acknowledged = -1;
    let refusal: unknown;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged === 5) {
        refusal = await EmbeddedAws.start({ dataDir }).catch((error: unknown) => error);
      }
      if (acknowledged === 40) child.kill('SIGKILL');
    }
    await ended;
    expect(refusal).toMatchObject({ name: 'EmbeddedDataDirInUseError', pid: child.pid });

    const embedded = await EmbeddedAws.start({ dataDir });
    const aws = new AwsClients(embedded.clientOptions());
    const { sqs, s3 } = aws;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }));
    const bodies = new Set<string | undefined>();
    for (;;) {
      const { Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      if (messages.length === 0) break;
      for (const message of messages) bodies.add(message.Body);
    }
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'box' }));
    const keys = new Set(Contents.map((object) => object.Key));
    expect(acknowledged).toBeGreaterThanOrEqual(40);
    for (let n = 0; n <= acknowledged; n++) {
      expect(bodies).toContain(`message ${n}`);
      expect(keys).toContain(`${n}.bin`);
    }
    const last = await s3.send(new GetObjectCommand({ Bucket: 'box', Key: `${acknowledged}.bin` }));
    const bytes = Buffer.from((await last.Body?.transformToByteArray()) ?? []);
    expect(differenceOf(bytes, Buffer.alloc(50_000, acknowledged))).toBe('none');
    aws.destroy();
    await embedded.stop();
  });
});
