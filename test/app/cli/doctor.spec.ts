import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DoctorLine } from '../../../src/platform/cli/index.js';
import { TestContext } from './test.context.js';

const NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
const before = NAMES.map((name) => process.env[name]);

let weft: TestContext;
beforeEach(() => {
  for (const name of NAMES) process.env[name] = 'test';
});
afterEach(async () => {
  NAMES.forEach((name, at) => {
    if (before[at] === undefined) delete process.env[name];
    else process.env[name] = before[at];
  });
  await weft.stop();
});

/** The embedded stack behind an address, so that the service takes it for AWS. */
async function asOnAws(env: NodeJS.ProcessEnv = {}): Promise<void> {
  weft = await TestContext.start(env);
  const { credentials } = weft.embedded.clientOptions();
  process.env['AWS_ACCESS_KEY_ID'] = credentials?.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = credentials?.secretAccessKey;
  weft.env = {
    WEFT_STACK: 'aws',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: weft.embedded.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: weft.embedded.dynamodbEndpoint,
    STORAGE_CONTAINERS: 'data',
    MONGODB_URI: 'mongodb://user:s3cret@127.0.0.1:1/weft?serverSelectionTimeoutMS=100',
    ...env,
  };
}

const lines = (): DoctorLine[] => weft.printed?.json as DoctorLine[];
const failing = (): string[] => lines().flatMap(({ ok, check }) => (ok ? [] : [check]));

describe('weft doctor on AWS', () => {
  it('names a variable that is no setting but looks like one', async () => {
    await asOnAws({ WEFT_CONSUM: 'storage' });
    await weft.run('doctor');
    expect(lines()).toContainEqual({
      check: 'Settings',
      ok: false,
      detail: 'WEFT_CONSUM is set, but no setting has this name',
      remedy: 'Rename it to WEFT_CONSUME if that is what is meant, else remove it',
    });
  });

  it('names each part that is missing, with its remedy, and then that it is there', async () => {
    await asOnAws({ WEFT_PAYLOAD_BUCKET: 'payloads', IDEMPOTENCY_TABLE_NAME: 'handled' });
    await weft.run('doctor');
    expect(weft.code).toBe(3);
    expect(new Set(failing())).toEqual(
      new Set(['Topics and queues', 'Payload bucket', 'Idempotency table', 'Documents']),
    );
    expect(lines().filter(({ ok, remedy }) => !ok && !remedy)).toEqual([]);
    expect(weft.printed?.text).toContain('queue pudato-storage-queue does not exist');
    expect(JSON.stringify(weft.printed)).not.toContain('s3cret');

    await weft.run('topology', 'apply', '--yes');
    weft.embedded.createBucket('payloads');
    await weft.run('doctor');
    expect(failing()).toEqual(['Idempotency table', 'Documents']);
    expect(weft.printed?.text).toMatch(/ok {4}Permissions: \d+ rights tested, none denied/);
    expect(weft.printed?.text).toMatch(/ok {4}Network: SQS answers/);
  });

  it('asks nothing more of AWS where it cannot be reached', async () => {
    await asOnAws({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
    await weft.run('doctor');
    expect(failing()).toEqual(['Network', 'Documents']);
    expect(lines().map(({ check }) => check)).not.toContain('Topics and queues');
  });
});
