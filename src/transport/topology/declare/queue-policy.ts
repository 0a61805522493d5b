import { parseTopicArn } from '../../../common/arn.js';
import { readPolicy, type Statement } from './policy-statement.js';
import { fitsWildcards } from './wildcards.js';

/** AWS services that can send to a queue. */
type SendingService = 'sns' | 's3' | 'events';

/** One of Weft's own statements: a service may send to the queue, only for these sources. */
export interface Grant<Reference = string> {
  readonly sid: string;
  readonly service: SendingService;
  /** ARNs of the sources, such as topics. */
  readonly sources: readonly Reference[];
  /** Accounts of the sources, if their ARNs do not contain them. */
  readonly accounts?: readonly Reference[];
  /** Whether allowed sources that are not named here stay, because another topology may have named them. */
  readonly additive?: boolean;
}

/** Ids of Weft's own statements; all other statements belong to others. */
export const SIDS = {
  /** Topics that the queue is subscribed to. */
  topics: 'WeftTopics',
  /** Topics whose subscriptions of other queues send undelivered messages here. */
  undelivered: 'WeftUndelivered',
  /** Buckets that send notifications to the queue. */
  buckets: 'WeftBuckets',
  /** EventBridge rules with the queue as a target. */
  rules: 'WeftRules',
} as const;

const VERSION = '2012-10-17';

export interface PolicyReview {
  /** The differences as texts; empty if exactly the wanted sources are allowed. */
  readonly differences: readonly string[];
  /** The wanted policy, including the unchanged statements of others. Empty for none. */
  readonly policy: string;
  /** Topics that Weft once allowed for the queue's subscriptions and that are no longer wanted. */
  readonly stale: readonly string[];
}

/**
 * Compares a queue's access policy with the wanted senders. A source counts as allowed by any statement, Weft's own or
 * another. Weft's statements without a grant here are left unchanged.
 *
 * @throws SyntaxError when the policy is no JSON.
 * @see https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
 */
export function reviewPolicy(
  text: string | undefined,
  queueArn: string,
  grants: readonly Grant[],
): PolicyReview {
  const { head, statements } = readPolicy(text);
  const own = grants.map((grant) => ({
    grant,
    statement: statements.find(({ sid }) => sid === grant.sid),
  }));
  const others = statements.filter((one) => !own.some(({ statement }) => statement === one));
  const reviews = own.map(({ grant, statement }) =>
    reviewGrant(grant, statement, others, queueArn),
  );
  const kept = [
    ...others.map(({ source }) => source),
    ...reviews.flatMap(({ needed }) => (needed ? [statementOf(needed, queueArn)] : [])),
  ];
  return {
    differences: reviews.flatMap(({ differences }) => differences),
    stale: reviews.flatMap(({ stale }, index) => (grants[index]?.sid === SIDS.topics ? stale : [])),
    policy: kept.length === 0 ? '' : JSON.stringify({ Version: VERSION, ...head, Statement: kept }),
  };
}

function reviewGrant(
  grant: Grant,
  own: Statement | undefined,
  others: readonly Statement[],
  queueArn: string,
): { differences: string[]; stale: string[]; needed: Grant | undefined } {
  const { sid, service, accounts, additive = false } = grant;
  const letIn = (source: string, by: readonly Statement[]): boolean =>
    by.some((statement) => lets(statement, { service, source, accounts }, queueArn));
  const recorded = own ? sourcesOf(own) : [];
  const sources = additive ? [...new Set([...grant.sources, ...recorded])] : grant.sources;
  const stale = recorded.filter((source) => !sources.includes(source));
  const needed = sources.filter((source) => !letIn(source, others)).toSorted();
  const asWritten = own && readPolicy(policyText({ ...grant, sources: recorded }, queueArn));
  return {
    stale,
    needed: needed.length > 0 ? { ...grant, sources: needed } : undefined,
    differences: [
      ...sources
        .filter((source) => !letIn(source, own ? [...others, own] : others))
        .map((source) => `its policy does not let ${NOUNS[service]} ${source} send to it`),
      ...stale.map(
        (source) => `its policy lets ${NOUNS[service]} ${source} send to it, which is not declared`,
      ),
      // A statement with unwanted sources is always rewritten.
      ...(own && asWritten && stale.length === 0 && !sameStatement(own, asWritten.statements[0])
        ? [`the statement ${sid} of its policy is not as Weft writes it`]
        : []),
    ],
  };
}

const NOUNS: Readonly<Record<SendingService, string>> = {
  sns: 'the topic',
  s3: 'the bucket',
  events: 'the rule',
};

/**
 * The policy of a new queue, whose ARN is not known yet. The resource may be `*`, as a queue's policy applies only to
 * that queue.
 */
export const newQueuePolicy = (grants: readonly Grant[]): string => {
  const used = grants.filter(({ sources }) => sources.length > 0);
  return used.length === 0 ? '' : JSON.stringify(queuePolicy('*', used));
};

/** A policy of only Weft's own statements, with ARNs or a template's references. */
export const queuePolicy = <Reference>(
  queueArn: Reference,
  grants: readonly Grant<Reference>[],
) => ({
  Version: VERSION,
  Statement: grants
    .filter(({ sources }) => sources.length > 0)
    .map((grant) => statementOf(grant, queueArn)),
});

const policyText = (grant: Grant, queueArn: string): string =>
  JSON.stringify({ Statement: [statementOf(grant, queueArn)] });

/** Allows the service to send, only for these sources. One statement for all of them, because SQS allows 20. */
const statementOf = <Reference>(
  { sid, service, sources, accounts }: Grant<Reference>,
  queueArn: Reference,
) => ({
  Sid: sid,
  Effect: 'Allow',
  Principal: { Service: `${service}.amazonaws.com` },
  Action: 'sqs:SendMessage',
  Resource: queueArn,
  Condition: {
    ArnEquals: { 'aws:SourceArn': sources },
    // A bucket's name can pass to another account.
    ...(accounts && { StringEquals: { 'aws:SourceAccount': accounts } }),
  },
});

interface Sender {
  readonly service: SendingService;
  readonly source: string;
  readonly accounts: readonly string[] | undefined;
}

function lets(
  statement: Statement,
  { service, source, accounts }: Sender,
  queueArn: string,
): boolean {
  const { region, account } = (service === 'sns' ? parseTopicArn(source) : undefined) ?? {};
  const principals = [`Service:${service}.amazonaws.com`];
  // A topic in an opt-in region sends as its region's own service principal.
  if (region !== undefined) principals.push(`Service:${service}.${region}.amazonaws.com`);
  const known = accounts ?? (account === undefined ? [] : [account]);
  return (
    statement.effect === 'Allow' &&
    statement.principals.some((name) => principals.includes(name)) &&
    statement.actions.some((action) => /^(sqs:(sendmessage|\*)|\*)$/i.test(action)) &&
    statement.resources.some((resource) => ['*', queueArn].includes(resource)) &&
    statement.conditions.every(({ operator, key, values }) =>
      key === 'aws:sourceaccount'
        ? known.every((one) => values.includes(one))
        : key === 'aws:sourcearn' && values.some((value) => matches(operator, value, source)),
    )
  );
}

/** For ARNs `Equals` and `Like` are the same: both allow `*` and `?`. */
function matches(operator: string, value: string, arn: string): boolean {
  if (!/^(Arn(Equals|Like)|String(Equals|Like))$/.test(operator)) return false;
  return value === arn || (operator !== 'StringEquals' && fitsWildcards(value, arn));
}

const sourcesOf = ({ conditions }: Statement): string[] =>
  conditions.flatMap(({ key, values }) => (key === 'aws:sourcearn' ? values : []));

const comparable = ({ effect, principals, actions, resources, conditions }: Statement): unknown => [
  effect,
  principals,
  actions.map((action) => action.toLowerCase()),
  resources,
  conditions.map(({ values, ...rest }) => ({ ...rest, values: values.toSorted() })),
];

/** Whether both mean the same to AWS, which may return a list for a single value and an action in other case. */
function sameStatement(one: Statement, other: Statement | undefined): boolean {
  return (
    other !== undefined && JSON.stringify(comparable(one)) === JSON.stringify(comparable(other))
  );
}
