import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

import { TopologyError } from '../errors/index.js';

const MAX_WAIT_S = 120;
// The embedded DynamoDB deletes nothing by itself.
const WITHOUT_TTL = new Set(['UnknownOperationException', 'NotImplementedException']);

/**
 * Creates the table of a `DynamoDbIdempotencyStore`: billed per request, records deleted by TTL. An existing table is
 * left unchanged, except that its TTL is turned on if it is off: the process that created the table may have ended
 * before that. Waits up to 120 s for the table.
 *
 * @throws DynamoDB's errors, such as `AccessDeniedException`; `TimeoutError` when the table does not become active.
 * @example
 * await createIdempotencyTable(aws.dynamodb, 'idempotency');
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
 */
export async function createIdempotencyTable(
  client: DynamoDBClient,
  tableName: string,
): Promise<void> {
  if (await tableExists(client, tableName)) return expireRecords(client, tableName);
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
  } catch (error) {
    // Another process has created it meanwhile.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists(
    { client, maxWaitTime: MAX_WAIT_S, minDelay: 1 },
    { TableName: tableName },
  );
  await expireRecords(client, tableName);
}

/**
 * Checks that the table of a `DynamoDbIdempotencyStore` exists, such as before the start.
 *
 * @throws TopologyError naming the table when it does not exist.
 * @example
 * await verifyIdempotencyTable(aws.dynamodb, 'idempotency');
 */
export async function verifyIdempotencyTable(
  client: DynamoDBClient,
  tableName: string,
): Promise<void> {
  if (await tableExists(client, tableName)) return;
  throw new TopologyError(
    `The DynamoDB table ${tableName} does not exist. Create it with a partition key "id" (String) and TTL on "expiration"`,
    { details: { tableName } },
  );
}

async function tableExists(client: DynamoDBClient, tableName: string): Promise<boolean> {
  try {
    await client.send(new DescribeTableCommand({ TableName: tableName }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
}

/** Reads the TTL first: DynamoDB refuses to turn it on twice, and to change it twice within an hour. */
async function expireRecords(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    const { TimeToLiveDescription: { TimeToLiveStatus: status } = {} } = await client.send(
      new DescribeTimeToLiveCommand({ TableName: tableName }),
    );
    if (status === 'ENABLED' || status === 'ENABLING') return;
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: tableName,
        TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
      }),
    );
  } catch (error) {
    if (!(error instanceof Error) || !WITHOUT_TTL.has(error.name)) throw error;
  }
}
