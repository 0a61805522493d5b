import { describe, expect, it } from '@jest/globals';
import {
  arnReferences,
  grantsOf,
} from '../../../../src/transport/topology/declare/queue-grants.js';
import {
  reviewPolicy as reviewGrants,
  SIDS,
} from '../../../../src/transport/topology/declare/queue-policy.js';

const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:billing';
const ORDERS = 'arn:aws:sns:eu-west-1:123456789012:orders';
const RETURNS = 'arn:aws:sns:eu-west-1:123456789012:returns';

const reviewPolicy = (policy: string | undefined, queueArn: string, sources: string[]) =>
  reviewGrants(policy, queueArn, [{ sid: SIDS.topics, service: 'sns', sources }]);

const created = (...topics: string[]) => reviewPolicy(undefined, QUEUE, topics).policy;
const statements = (policy: string): object[] =>
  (JSON.parse(policy) as { Statement: object[] }).Statement;
const policyOf = (...written: object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: written });

/** As CDK, Terraform or the console may write it. */
const theirs = (parts: object = {}) => ({
  Sid: 'Infrastructure',
  Effect: 'Allow',
  Principal: { Service: 'sns.amazonaws.com' },
  Action: 'SQS:SendMessage',
  Resource: QUEUE,
  Condition: { ArnLike: { 'aws:SourceArn': ORDERS } },
  ...parts,
});

describe("a queue's policy", () => {
  it('lets in SNS alone, for the declared topics alone', () => {
    expect(statements(created(RETURNS, ORDERS))).toEqual([
      {
        Sid: SIDS.topics,
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: QUEUE,
        Condition: { ArnEquals: { 'aws:SourceArn': [ORDERS, RETURNS] } },
      },
    ]);
  });

  it('is as it should be once it is written', () => {
    const policy = created(RETURNS, ORDERS);
    expect(reviewPolicy(policy, QUEUE, [ORDERS, RETURNS])).toEqual({
      differences: [],
      stale: [],
      policy,
    });
    expect(reviewPolicy('', QUEUE, [])).toEqual({ differences: [], stale: [], policy: '' });
  });

  it('keeps what others wrote, and gains what is missing', () => {
    const admin = {
      Sid: 'Admin',
      Effect: 'Allow',
      Principal: '*',
      Action: 'sqs:*',
      Resource: QUEUE,
    };
    const { policy, differences } = reviewPolicy(policyOf(admin), QUEUE, [ORDERS]);
    expect(differences).toEqual([`its policy does not let the topic ${ORDERS} send to it`]);
    expect(statements(policy)).toEqual([admin, ...statements(created(ORDERS))]);
    expect(reviewPolicy(policy, QUEUE, []).policy).toBe(policyOf(admin));
  });

  it('loses a topic that is declared no longer, and itself with the last', () => {
    const review = reviewPolicy(created(ORDERS, RETURNS), QUEUE, [RETURNS]);
    expect(review).toEqual({
      differences: [`its policy lets the topic ${ORDERS} send to it, which is not declared`],
      stale: [ORDERS],
      policy: created(RETURNS),
    });
    expect(reviewPolicy(created(ORDERS), QUEUE, [])).toMatchObject({ stale: [ORDERS], policy: '' });
  });

  it.each([
    ['another principal', { Principal: '*' }],
    ['another effect', { Effect: 'Deny' }],
    ['more actions', { Action: ['sqs:SendMessage', 'sqs:ReceiveMessage'] }],
    ['no condition', { Condition: undefined }],
    ['another condition beside', { Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
  ])('is reconciled where its own statement has been given %s', (_what, parts) => {
    const [own] = statements(created(ORDERS));
    const { differences, policy } = reviewPolicy(policyOf({ ...own, ...parts }), QUEUE, [ORDERS]);
    expect(differences.length).toBeGreaterThan(0);
    expect(policy).toBe(created(ORDERS));
  });

  it.each([
    ['a list for a value', { Principal: { Service: ['sns.amazonaws.com'] } }],
    ['an action in capitals', { Action: ['SQS:SendMessage'] }],
  ])('is not touched for %s in its own statement', (_what, parts) => {
    const [own] = statements(created(ORDERS));
    expect(reviewPolicy(policyOf({ ...own, ...parts }), QUEUE, [ORDERS]).differences).toEqual([]);
  });

  it.each([
    ['ArnLike', {}],
    ['wildcards', { Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:*:*:ord?rs' } } }],
    ['every queue as resource', { Resource: '*' }],
    ['several actions', { Action: ['sqs:ReceiveMessage', 'sqs:SendMessage'] }],
    [
      "the account's name beside",
      {
        Condition: {
          StringEquals: { 'AWS:SourceAccount': ['123456789012'] },
          ArnEquals: { 'aws:SourceArn': [RETURNS, ORDERS] },
        },
      },
    ],
    ["SNS under its region's name", { Principal: { Service: 'sns.eu-west-1.amazonaws.com' } }],
  ])('needs nothing more where others let the topic in by %s', (_what, parts) => {
    const text = policyOf(theirs(parts));
    expect(reviewPolicy(text, QUEUE, [ORDERS])).toMatchObject({ differences: [], policy: text });
  });

  it.each([
    ['a Deny', { Effect: 'Deny' }],
    ['another service', { Principal: { Service: 's3.amazonaws.com' } }],
    ['another topic', { Condition: { ArnEquals: { 'aws:SourceArn': RETURNS } } }],
    ['a literal *', { Condition: { StringEquals: { 'aws:SourceArn': 'arn:aws:sns:*' } } }],
    ['another queue', { Resource: `${QUEUE}-2` }],
    ['another action', { Action: 'sqs:ReceiveMessage' }],
    ['a condition it does not know', { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    [
      'another account',
      {
        Condition: {
          ArnEquals: { 'aws:SourceArn': ORDERS },
          StringEquals: { 'aws:SourceAccount': '999999999999' },
        },
      },
    ],
  ])('is not satisfied by %s of others', (_what, parts) => {
    expect(reviewPolicy(policyOf(theirs(parts)), QUEUE, [ORDERS]).differences).toHaveLength(1);
  });

  it('takes a single statement without a list', () => {
    const text = JSON.stringify({ Version: '2012-10-17', Statement: theirs() });
    expect(reviewPolicy(text, QUEUE, [ORDERS]).differences).toEqual([]);
  });

  it.each([
    ['a statement that is null', '{"Statement":[null]}'],
    ['a list for a policy', '[1]'],
    ['null for a policy', 'null'],
    ['null for every part', '{"Statement":[{"Principal":null,"Action":null,"Condition":null}]}'],
    [
      'numbers for texts',
      '{"Statement":{"Sid":1,"Effect":2,"Principal":{"Service":3},"Action":[4]}}',
    ],
    ['a condition of null', '{"Statement":[{"Sid":"WeftTopics","Condition":{"ArnEquals":null}}]}'],
  ])('of %s lets nothing in, and is written anew around it', (_what, policy) => {
    const { differences, policy: written } = reviewPolicy(policy, QUEUE, [ORDERS]);
    expect(differences[0]).toBe(`its policy does not let the topic ${ORDERS} send to it`);
    expect(reviewPolicy(written, QUEUE, [ORDERS]).differences).toEqual([]);
  });

  it('lets buckets in by name and account, and rules by their ARNs', () => {
    const rule = 'arn:aws:events:eu-west-1:123456789012:rule/nightly';
    const grants = grantsOf(
      {
        name: 'uploads',
        patterns: [],
        senders: [{ bucket: 'mine' }, { bucket: 'theirs', account: '999999999999' }, { rule }],
      },
      { topics: [], queues: [], routes: [] },
      arnReferences(QUEUE, (topic) => topic),
    );
    const { policy } = reviewGrants('', QUEUE, grants);
    expect(statements(policy)).toEqual([
      {
        Sid: 'WeftBuckets',
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: QUEUE,
        Condition: {
          ArnEquals: { 'aws:SourceArn': ['arn:aws:s3:::mine', 'arn:aws:s3:::theirs'] },
          StringEquals: { 'aws:SourceAccount': ['123456789012', '999999999999'] },
        },
      },
      expect.objectContaining({
        Sid: 'WeftRules',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': [rule] } },
      }),
    ]);
    expect(reviewGrants(policy, QUEUE, grants).differences).toEqual([]);
    const none = grants.map((grant) => ({ ...grant, sources: [], accounts: [] }));
    expect(reviewGrants(policy, QUEUE, none)).toMatchObject({
      policy: '',
      differences: [
        expect.stringContaining('lets the bucket arn:aws:s3:::mine send'),
        expect.stringContaining('lets the bucket arn:aws:s3:::theirs send'),
        expect.stringContaining(`lets the rule ${rule} send`),
      ],
    });
  });

  it('keeps sources of undelivered messages that another topology named', () => {
    const grant = { sid: SIDS.undelivered, service: 'sns', additive: true } as const;
    const first = reviewGrants('', QUEUE, [{ ...grant, sources: [ORDERS] }]).policy;
    expect(reviewGrants(first, QUEUE, [{ ...grant, sources: [ORDERS] }]).differences).toEqual([]);
    const second = reviewGrants(first, QUEUE, [{ ...grant, sources: [RETURNS] }]);
    expect(second.differences).toHaveLength(1);
    expect(
      reviewGrants(second.policy, QUEUE, [{ ...grant, sources: [ORDERS] }]).differences,
    ).toEqual([]);
  });
});
