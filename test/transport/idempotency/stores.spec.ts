import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../../src/aws/index.js';
import { EmbeddedAws } from '../../../src/platform/embedded/index.js';
import {
  createIdempotencyTable,
  DynamoDbIdempotencyStore,
  MemoryIdempotencyStore,
  verifyIdempotencyTable,
} from '../../../src/transport/idempotency/index.js';
import { idempotencyStoreContract } from '../../contract/idempotency-store.contract.js';

const TABLE = 'idempotency';
let embedded: EmbeddedAws;
let aws: AwsClients;

beforeAll(async () => {
  embedded = await EmbeddedAws.start();
  aws = new AwsClients(embedded.clientOptions());
  await createIdempotencyTable(aws.dynamodb, TABLE);
});
afterAll(async () => {
  aws.destroy();
  await embedded.stop();
});

idempotencyStoreContract('memory', () => new MemoryIdempotencyStore());
idempotencyStoreContract('DynamoDB', () => new DynamoDbIdempotencyStore(aws.dynamodb, TABLE));

const reservation = (key: string, owner = 'me') => ({
  key,
  owner,
  payloadHash: 'f00d',
  inProgressUntilMs: 1_800_000_030_000,
  expiresAtS: 1_800_003_600,
});

const itemOf = async (key: string) => {
  const { Item } = await aws.dynamodb.send(
    new GetItemCommand({ TableName: TABLE, Key: { id: { S: key } }, ConsistentRead: true }),
  );
  return Item;
};

describe('the idempotency table', () => {
  it('has the items Powertools writes, and an owner beside them', async () => {
    const store = new DynamoDbIdempotencyStore(aws.dynamodb, TABLE);
    await store.reserve(reservation('layout'), 1_800_000_000_000);
    const item = {
      id: { S: 'layout' },
      status: { S: 'INPROGRESS' },
      expiration: { N: '1800003600' },
      in_progress_expiration: { N: '1800000030000' },
      validation: { S: 'f00d' },
      owner: { S: 'me' },
    };
    expect(await itemOf('layout')).toEqual(item);
    await store.commit(reservation('layout'), { expiresAtS: 1_800_007_200, answer: '[1]' });
    expect(await itemOf('layout')).toEqual({
      ...item,
      status: { S: 'COMPLETED' },
      expiration: { N: '1800007200' },
      data: { S: '[1]' },
    });
  });

  it('may hold items of Powertools, which block their keys as our own do', async () => {
    const store = new DynamoDbIdempotencyStore(aws.dynamodb, TABLE);
    await aws.dynamodb.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: {
          id: { S: 'fn#1' },
          status: { S: 'INPROGRESS' },
          expiration: { N: '1800003600' },
          in_progress_expiration: { N: '1800000015000' },
        },
      }),
    );
    expect(await store.reserve(reservation('fn#1'), 1_800_000_000_000)).toEqual({
      status: 'INPROGRESS',
      expiresAtS: 1_800_003_600,
      inProgressUntilMs: 1_800_000_015_000,
    });
    expect(await store.reserve(reservation('fn#1'), 1_800_000_015_001)).toBeUndefined();
  });

  it('remembers that work is done when its answer is too large for an item', async () => {
    const store = new DynamoDbIdempotencyStore(aws.dynamodb, TABLE);
    await store.reserve(reservation('large'), 1_800_000_000_000);
    const answer = JSON.stringify(['x'.repeat(400 * 1024)]);
    expect(await store.commit(reservation('large'), { expiresAtS: 1_800_003_600, answer })).toBe(
      true,
    );
    const found = await store.reserve(reservation('large', 'other'), 1_800_000_000_000);
    expect(found?.status).toBe('COMPLETED');
    expect(found).not.toHaveProperty('answer');
  });

  it('is made once, and missed by name', async () => {
    await createIdempotencyTable(aws.dynamodb, TABLE);
    await verifyIdempotencyTable(aws.dynamodb, TABLE);
    await expect(verifyIdempotencyTable(aws.dynamodb, 'elsewhere')).rejects.toMatchObject({
      code: 'WEFT_TOPOLOGY',
      message: expect.stringContaining('table elsewhere does not exist'),
    });
  });
});

describe('the store in memory', () => {
  it('does not grow by what has expired', async () => {
    const store = new MemoryIdempotencyStore();
    for (let n = 0; n < 5000; n++) {
      await store.reserve(
        { ...reservation(`key-${n}`), inProgressUntilMs: n + 10, expiresAtS: 9_000_000_000 },
        n,
      );
    }
    expect(store.size).toBeLessThanOrEqual(1000);
  });
});
