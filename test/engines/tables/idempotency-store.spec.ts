import { DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../../src/aws/index.js';
import {
  createIdempotencyTable,
  DynamoDbIdempotencyStore,
  verifyIdempotencyTable,
} from '../../../src/transport/idempotency/index.js';
import { idempotencyStoreContract } from '../../contract/idempotency-store.contract.js';
import { unique } from '../../support/transport.js';
import { openStack, shows } from '../engine.js';

const TABLE = unique('idempotency');
let aws: AwsClients;
let stop: () => Promise<void>;

beforeAll(async () => {
  const stack = await openStack();
  aws = stack.aws;
  stop = () => stack.stop();
  await createIdempotencyTable(aws.dynamodb, TABLE);
});
afterAll(() => stop());

idempotencyStoreContract(
  'DynamoDB',
  () => new DynamoDbIdempotencyStore(aws.dynamodb, TABLE),
  (title, test) => shows(title, ['atomicConditions'], test),
);

describe('an idempotency table in DynamoDB', () => {
  it('is taken as it is when it is there already', async () => {
    await createIdempotencyTable(aws.dynamodb, TABLE);
    expect(await verifyIdempotencyTable(aws.dynamodb, TABLE)).toBeUndefined();
  });

  shows('forgets its items by their expiration', ['timeToLive'], async () => {
    const { TimeToLiveDescription: ttl } = await aws.dynamodb.send(
      new DescribeTimeToLiveCommand({ TableName: TABLE }),
    );
    expect(ttl).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiration' });
  });
});
