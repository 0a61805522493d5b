import { parseTopicArn } from '../../../common/arn.js';
import { readPolicy, type Statement } from './policy-statement.js';
import { fitsWildcards } from './wildcards.js';

/** Services that send to a queue by themselves. */
export type SendingService = 'sns' | 's3' | 'events';

/** One statement of Weft's own: a service may send to the queue, for these sources and no others. */
export interface Grant<Reference = string> {
  readonly sid: string;
  readonly service: SendingService;
  /** What the service may send for, such as topics: ARNs. */
  readonly sources: readonly Reference[];
  /** Accounts of the sources, where their ARNs do not say them. */
  readonly accounts?: readonly Reference[];
  /** Sources that are let in and not named here stay: somebody else may have named them. */
  readonly additive?: boolean;
}

/** The statements that are Weft's own; whatever stands beside them belongs to others. */
export const SIDS = {
  /** Topics that the queue is subscribed to. */
  topics: 'WeftTopics',
  /** Topics whose subscriptions of other queues have this one for what they cannot deliver. */
  undelivered: 'WeftUndelivered',
  /** Buckets whose notifications come to the queue. */
  buckets: 'WeftBuckets',
  /** Rules of EventBridge whose target the queue is. */
  rules: 'WeftRules',
} as const;

const VERSION = '2012-10-17';

export interface PolicyReview {
  /** In words; none where every source may send and no other is left over. */
  readonly differences: readonly string[];
  /** The policy as it should be, the statements of others in it as they are. Empty for none. */
  readonly policy: string;
  /** Topics that Weft once let in for the queue's own subscriptions and that are wanted no longer. */
  readonly stale: readonly string[];
}

/**
 * What a queue's access policy lacks for its sources to send to it. A source counts as let in by whichever statement
 * does so, Weft's own or one that others wrote. Weft's statements that no grant names are left as they are.
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
      // A statement with sources left over is rewritten in any case.
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

/** The policy of a queue whose ARN is not known before it is made; a queue's policy reaches no further than the queue. */
export const newQueuePolicy = (grants: readonly Grant[]): string => {
  const used = grants.filter(({ sources }) => sources.length > 0);
  return used.length === 0 ? '' : JSON.stringify(queuePolicy('*', used));
};

/** A policy of Weft's own statements alone, of ARNs or of what a template has in their place. */
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

/** The service may send, and for these sources only. One statement for all of them, as SQS takes 20. */
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
    // Names of buckets pass from one account to another.
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
  // A topic in a region that is off by default sends under its region's name.
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

/** Of ARNs `Equals` is `Like`: both know `*` and `?`. */
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

/** Whether AWS would take both alike: it may return a list for a single value and other letters in an action. */
function sameStatement(one: Statement, other: Statement | undefined): boolean {
  return (
    other !== undefined && JSON.stringify(comparable(one)) === JSON.stringify(comparable(other))
  );
}
