import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

import {
  reserveByPut,
  type Completion,
  type IdempotencyRecord,
  type IdempotencyStore,
  type Reservation,
} from './idempotency.store.js';

type Item = Record<string, AttributeValue>;

/** An item has at most 400 KB, including names and the other attributes. */
const MAX_ANSWER_BYTES = 350 * 1024;

// The layout of Powertools for AWS Lambda, which reads these attributes and passes over `owner`.
// https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/
const NAMES = {
  '#id': 'id',
  '#expiry': 'expiration',
  '#until': 'in_progress_expiration',
  '#status': 'status',
  '#data': 'data',
  '#owner': 'owner',
} as const;

const FREE =
  'attribute_not_exists(#id) OR #expiry < :now OR ' +
  '(#status = :inprogress AND attribute_exists(#until) AND #until < :now_in_millis)';
const OWN = '#owner = :owner';
const OWN_IN_PROGRESS = `${OWN} AND #status = :inprogress`;
const IN_PROGRESS: AttributeValue = { S: 'INPROGRESS' };

/**
 * Records in a DynamoDB table with the layout of Powertools for AWS Lambda, so that both can share one: partition key
 * `id` (S), TTL attribute `expiration` (epoch s), `in_progress_expiration` (epoch ms), `status`, `data`, `validation`;
 * and `owner` of our own.
 *
 * @example
 * new DynamoDbIdempotencyStore(aws.dynamodb, 'idempotency');
 */
export class DynamoDbIdempotencyStore implements IdempotencyStore {
  /** @param client closed by its owner. @param tableName see `createIdempotencyTable`. */
  constructor(
    private readonly client: DynamoDBClient,
    private readonly tableName: string,
  ) {}

  reserve(reservation: Reservation, nowMs: number): Promise<IdempotencyRecord | undefined> {
    return reserveByPut(
      reservation,
      nowMs,
      () => this.#put(reservation, nowMs),
      () => this.#read(reservation.key),
    );
  }

  renew({ key, owner }: Reservation, inProgressUntilMs: number): Promise<boolean> {
    return this.#update(key, 'SET #until = :until', OWN_IN_PROGRESS, {
      ':until': number(inProgressUntilMs),
      ':owner': { S: owner },
      ':inprogress': IN_PROGRESS,
    });
  }

  commit({ key, owner }: Reservation, { expiresAtS, answer }: Completion): Promise<boolean> {
    const kept = answer !== undefined && Buffer.byteLength(answer) <= MAX_ANSWER_BYTES;
    return this.#update(
      key,
      `SET #status = :completed, #expiry = :expiry${kept ? ', #data = :data' : ''}`,
      OWN,
      {
        ':completed': { S: 'COMPLETED' },
        ':expiry': number(expiresAtS),
        ':owner': { S: owner },
        ...(kept && { ':data': { S: answer } }),
      },
    );
  }

  release({ key, owner }: Reservation): Promise<boolean> {
    const values = { ':owner': { S: owner }, ':inprogress': IN_PROGRESS };
    return unlessRefused(() =>
      this.client.send(
        new DeleteItemCommand({
          TableName: this.tableName,
          Key: { [NAMES['#id']]: { S: key } },
          ConditionExpression: OWN_IN_PROGRESS,
          ...used([OWN_IN_PROGRESS], values),
        }),
      ),
    );
  }

  async #put(reservation: Reservation, nowMs: number): Promise<boolean | IdempotencyRecord> {
    const values = {
      ':now': number(nowMs / 1000),
      ':now_in_millis': number(nowMs),
      ':inprogress': IN_PROGRESS,
    };
    try {
      await this.client.send(
        new PutItemCommand({
          TableName: this.tableName,
          Item: itemOf(reservation),
          ConditionExpression: FREE,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...used([FREE], values),
        }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item !== undefined && recordOf(error.Item);
    }
  }

  async #read(key: string): Promise<IdempotencyRecord | undefined> {
    const { Item: item } = await this.client.send(
      new GetItemCommand({
        TableName: this.tableName,
        Key: { [NAMES['#id']]: { S: key } },
        ConsistentRead: true,
      }),
    );
    return item && recordOf(item);
  }

  #update(key: string, change: string, condition: string, values: Item): Promise<boolean> {
    return unlessRefused(() =>
      this.client.send(
        new UpdateItemCommand({
          TableName: this.tableName,
          Key: { [NAMES['#id']]: { S: key } },
          UpdateExpression: change,
          ConditionExpression: condition,
          ...used([change, condition], values),
        }),
      ),
    );
  }
}

const number = (value: number): AttributeValue => ({ N: String(value) });

/** Drops unused names and values, which DynamoDB refuses. */
const used = (expressions: readonly string[], values: Item) => ({
  ExpressionAttributeNames: Object.fromEntries(
    Object.entries(NAMES).filter(([name]) => expressions.some((text) => text.includes(name))),
  ),
  ExpressionAttributeValues: values,
});

async function unlessRefused(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

const itemOf = (reservation: Reservation): Item => ({
  id: { S: reservation.key },
  status: IN_PROGRESS,
  expiration: number(reservation.expiresAtS),
  in_progress_expiration: number(reservation.inProgressUntilMs),
  validation: { S: reservation.payloadHash },
  owner: { S: reservation.owner },
});

function recordOf(item: Item): IdempotencyRecord {
  const { status, expiration, in_progress_expiration: until, validation, owner, data } = item;
  return {
    status: status?.S === 'COMPLETED' ? 'COMPLETED' : 'INPROGRESS',
    expiresAtS: Number(expiration?.N ?? 0),
    ...(until?.N !== undefined && { inProgressUntilMs: Number(until.N) }),
    ...(owner?.S !== undefined && { owner: owner.S }),
    ...(validation?.S !== undefined && { payloadHash: validation.S }),
    ...(data?.S !== undefined && { answer: data.S }),
  };
}
