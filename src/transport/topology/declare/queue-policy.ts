import { parseArn } from './arn.js';

/** A statement of an access policy, as anybody may have written it. */
interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** The one statement that is Weft's own; whatever stands beside it belongs to others. */
export const OWN_STATEMENT = 'WeftTopics';

const VERSION = '2012-10-17';

export interface PolicyReview {
  /** In words; none where every topic may send and no other is left over. */
  readonly differences: readonly string[];
  /** The policy as it should be, the statements of others in it as they are. Empty for none. */
  readonly policy: string;
  /** Topics that Weft once let in and that are wanted no longer. */
  readonly stale: readonly string[];
}

/**
 * What a queue's access policy lacks for topics to send to it. A topic counts as let in by whichever statement
 * does so, its own or one that others wrote.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
 */
export function reviewPolicy(
  text: string | undefined,
  queueArn: string,
  topicArns: readonly string[],
): PolicyReview {
  const policy = JSON.parse(text || '{}') as { readonly Statement?: Statement | Statement[] };
  const statements = list(policy.Statement ?? []);
  const own = statements.find(({ Sid: sid }) => sid === OWN_STATEMENT);
  const others = statements.filter((statement) => statement !== own);
  const letsIn = (topicArn: string) => (statement: Statement) =>
    lets(statement, topicArn, queueArn);

  const recorded = own ? sourcesOf(own) : [];
  const stale = recorded.filter((arn) => !topicArns.includes(arn));
  const differences = [
    ...topicArns
      .filter((arn) => !statements.some(letsIn(arn)))
      .map((arn) => `its policy does not let the topic ${arn} send to it`),
    ...stale.map((arn) => `its policy lets the topic ${arn} send to it, which is not declared`),
    ...(own && !sameStatement(own, statementFor(queueArn, recorded))
      ? [`the statement ${OWN_STATEMENT} of its policy is not as Weft writes it`]
      : []),
  ];
  const needed = topicArns.filter((arn) => !others.some(letsIn(arn))).toSorted();
  const kept = [...others, ...(needed.length > 0 ? [statementFor(queueArn, needed)] : [])];
  return {
    differences,
    stale,
    policy:
      kept.length === 0 ? '' : JSON.stringify({ Version: VERSION, ...policy, Statement: kept }),
  };
}

/** The policy of a queue whose ARN is not known before it is made; a queue's policy reaches no further than the queue. */
export const newQueuePolicy = (topicArns: readonly string[]): string =>
  topicArns.length === 0 ? '' : JSON.stringify(queuePolicy('*', topicArns));

/** A policy of Weft's own statement alone, of ARNs or of what a template has in their place. */
export const queuePolicy = <Reference>(queueArn: Reference, topicArns: readonly Reference[]) => ({
  Version: VERSION,
  Statement: [statementFor(queueArn, topicArns)],
});

/** SNS may send, and for these topics only. One statement for all, as SQS takes 20 of them. */
const statementFor = <Reference>(queueArn: Reference, topicArns: readonly Reference[]) => ({
  Sid: OWN_STATEMENT,
  Effect: 'Allow',
  Principal: { Service: 'sns.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: queueArn,
  Condition: { ArnEquals: { 'aws:SourceArn': topicArns } },
});

function lets(statement: Statement, topicArn: string, queueArn: string): boolean {
  const { region, account } = parseArn(topicArn, 'sns') ?? {};
  const service = typeof statement.Principal === 'object' ? statement.Principal['Service'] : [];
  return (
    statement.Effect === 'Allow' &&
    // A topic in a region that is off by default sends under its region's name.
    list(service ?? []).some((name) =>
      ['sns.amazonaws.com', `sns.${region}.amazonaws.com`].includes(name),
    ) &&
    list(statement.Action ?? []).some((action) => /^(sqs:(sendmessage|\*)|\*)$/i.test(action)) &&
    list(statement.Resource ?? []).some((resource) => ['*', queueArn].includes(resource)) &&
    conditionsOf(statement).every(({ operator, key, values }) =>
      key === 'aws:sourceaccount'
        ? values.some((value) => value === account)
        : key === 'aws:sourcearn' && values.some((value) => matches(operator, value, topicArn)),
    )
  );
}

const conditionsOf = ({ Condition: conditions = {} }: Statement) =>
  Object.entries(conditions).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      operator,
      key: key.toLowerCase(),
      values: list(values),
    })),
  );

/** Of ARNs `Equals` is `Like`: both know `*` and `?`. */
function matches(operator: string, value: string, arn: string): boolean {
  if (!/^(Arn(Equals|Like)|String(Equals|Like))$/.test(operator)) return false;
  if (value === arn || operator === 'StringEquals') return value === arn;
  const glob = value.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(`^${glob.replace(/\?/g, '.')}$`).test(arn);
}

const sourcesOf = (statement: Statement): string[] =>
  conditionsOf(statement).flatMap(({ key, values }) => (key === 'aws:sourcearn' ? values : []));

/** Whether AWS would take both alike: it may give back a list for a single value and other letters in an action. */
function sameStatement(one: Statement, other: Statement): boolean {
  const plain = ({ Effect, Principal, Action, Resource, Condition }: Statement): unknown => [
    Effect,
    Object.entries(typeof Principal === 'object' ? Principal : { any: Principal ?? '' }).map(
      ([kind, names]) => [kind, list(names)],
    ),
    list(Action ?? []).map((action) => action.toLowerCase()),
    list(Resource ?? []),
    conditionsOf({ Condition: Condition ?? {} }).map(({ values, ...rest }) => ({
      ...rest,
      values: values.toSorted(),
    })),
  ];
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

function list<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
