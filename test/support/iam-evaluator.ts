import {
  Fault,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from '../../src/testing/index.js';
import type { IamPolicy, IamStatement } from '../../src/transport/topology/export/index.js';
import { fitsWildcards } from '../../src/transport/topology/declare/wildcards.js';

/** A call as IAM judges it: one right, on one resource, with what is known of both. */
export interface JudgedCall {
  readonly right: string;
  readonly resource: string;
  readonly facts: Readonly<Record<string, string>>;
}

/** The tags of a queue, by its URL, asked past the proxy. */
export type TagsOf = (queueUrl: string) => Promise<Readonly<Record<string, string>>>;

const PLACE = 'us-east-1:000000000000';

/** Rights on lists and on single subscriptions, which IAM gives on everything or not at all. */
const ON_ANY =
  /^(ListQueues|ListTopics|ListSubscriptions|GetSubscriptionAttributes|SetSubscriptionAttributes|Unsubscribe)$/;

/** Whether a policy allows a call: some statement does, and none denies it. */
export function allows({ Statement: statements }: IamPolicy, call: JudgedCall): boolean {
  const fitting = statements.filter((statement) => fits(statement, call));
  return fitting.length > 0 && fitting.every(({ Effect: effect }) => effect === 'Allow');
}

const fits = (
  { Action: actions, Resource: resources, Condition: conditions = {} }: IamStatement,
  { right, resource, facts }: JudgedCall,
): boolean =>
  actions.includes(right) &&
  resources.some((pattern) => fitsWildcards(pattern, resource)) &&
  Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => holds(operator, facts[key], values)),
  );

function holds(operator: string, fact: string | undefined, values: readonly string[]): boolean {
  if (operator === 'Null') return values.includes(String(fact === undefined));
  if (fact === undefined) return false;
  if (operator === 'StringEquals') return values.includes(fact);
  if (operator === 'StringLike') return values.some((value) => fitsWildcards(value, fact));
  throw new Error(`The evaluator does not know ${operator}`);
}

/** Refuses what a policy does not allow, as AWS would, and notes every call of SQS and SNS. */
export class Judge extends Fault {
  readonly calls: JudgedCall[] = [];
  readonly denied: JudgedCall[] = [];

  constructor(
    private readonly policy: IamPolicy,
    private readonly tagsOf: TagsOf,
  ) {
    super({});
  }

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const calls = await this.#judged(request);
    this.calls.push(...calls);
    const denied = calls.filter((call) => !allows(this.policy, call));
    if (denied.length === 0) return forward(request);
    this.denied.push(...denied);
    const json = isJson(request);
    const text = `not authorized: ${denied.map(({ right, resource }) => `${right} on ${resource}`).join()}`;
    return {
      status: 403,
      headers: { 'content-type': json ? 'application/x-amz-json-1.0' : 'text/xml' },
      body: Buffer.from(
        json
          ? JSON.stringify({ __type: 'com.amazonaws.sqs#AccessDenied', message: text })
          : `<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>${text}</Message></Error></ErrorResponse>`,
      ),
    };
  }

  async #judged(request: ProxiedRequest): Promise<JudgedCall[]> {
    const { action, method } = request;
    if (action === method) return ofS3(request);
    return isJson(request) ? this.#ofSqs(request) : [ofSns(request)];
  }

  async #ofSqs({ action, body }: ProxiedRequest): Promise<JudgedCall[]> {
    const input = JSON.parse(body.toString()) as {
      QueueUrl?: string;
      QueueName?: string;
      tags?: Record<string, string>;
      Tags?: Record<string, string>;
    };
    const { QueueUrl: url, QueueName: name = url?.split('/').at(-1) ?? '' } = input;
    const resource = ON_ANY.test(action) ? '*' : `arn:aws:sqs:${PLACE}:${name}`;
    const requestTags = prefixed('aws:RequestTag/', input.tags ?? input.Tags ?? {});
    const resourceTags = url ? prefixed('aws:ResourceTag/', await this.tagsOf(url)) : {};
    const facts = { ...requestTags, ...resourceTags };
    const call = { right: `sqs:${action.replace(/Batch$/, '')}`, resource, facts };
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    return action === 'CreateQueue' && input.tags
      ? [call, { ...call, right: 'sqs:TagQueue' }]
      : [call];
  }
}

/** @param resource a bucket, or a bucket and a key. */
export const onS3 = (name: string, resource: string): JudgedCall => ({
  right: `s3:${name}`,
  resource: `arn:aws:s3:::${resource}`,
  facts: {},
});

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
function ofS3({ method, path, headers }: ProxiedRequest): JudgedCall[] {
  const { pathname, searchParams } = new URL(path, 'http://s3');
  const place = decodeURIComponent(pathname.slice(1)).replace(/\/$/, '');
  const source = headers['x-amz-copy-source'];
  const read = source === undefined ? [] : [onS3('GetObject', decodeURIComponent(source))];
  const tags = headers['x-amz-tagging'] === undefined ? [] : [onS3('PutObjectTagging', place)];
  return [...read, ...tags, onS3(rightOnS3(method, place.includes('/'), searchParams), place)];
}

function rightOnS3(method: string, ofObject: boolean, query: URLSearchParams): string {
  if (query.has('notification')) return `${method === 'GET' ? 'Get' : 'Put'}BucketNotification`;
  if (method === 'GET' && query.has('versionId')) return 'GetObjectVersion';
  if (method === 'GET' || method === 'HEAD') return ofObject ? 'GetObject' : 'ListBucket';
  if (method === 'DELETE') return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  return ofObject ? 'PutObject' : 'CreateBucket';
}

function ofSns({ action, body }: ProxiedRequest): JudgedCall {
  const form = new URLSearchParams(body.toString());
  const name = form.get('Name');
  const resource = ON_ANY.test(action)
    ? '*'
    : (form.get('TopicArn') ?? form.get('ResourceArn') ?? `arn:aws:sns:${PLACE}:${name}`);
  const [protocol, endpoint] = [form.get('Protocol'), form.get('Endpoint')];
  return {
    right: `sns:${action.replace(/Batch$/, '')}`,
    resource,
    facts: {
      ...(protocol !== null && { 'sns:Protocol': protocol }),
      ...(endpoint !== null && { 'sns:Endpoint': endpoint }),
    },
  };
}

const isJson = ({ headers }: ProxiedRequest): boolean =>
  (headers['content-type'] ?? '').includes('json');

const prefixed = (prefix: string, tags: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}${key}`, value]));
