import { sameJson } from './json-value.js';
import type { SubscriptionDeclaration } from './topology.js';

type Attributes = Readonly<Record<string, string | undefined>>;

const DEFAULT_SCOPE = 'MessageAttributes';
/** To SNS an empty policy means none. */
const NO_POLICY = '{}';

/**
 * The attributes of a new subscription.
 *
 * @param deadLetterArn ARN of the queue for undelivered messages, if one is declared.
 */
export function subscriptionAttributes(
  declared: SubscriptionDeclaration,
  deadLetterArn?: string,
): Record<string, string> {
  const { raw = true } = declared;
  const { policy, scope } = filterOf(declared);
  return {
    RawMessageDelivery: String(raw),
    ...(policy !== NO_POLICY && { FilterPolicy: policy }),
    ...(policy !== NO_POLICY && scope !== DEFAULT_SCOPE && { FilterPolicyScope: scope }),
    ...(deadLetterArn !== undefined && { RedrivePolicy: redriveTo(deadLetterArn) }),
  };
}

interface SubscriptionReview {
  /** The differences as texts. */
  readonly differences: readonly string[];
  /** Attributes to set, one after the other. */
  readonly steps: readonly (readonly [name: string, value: string])[];
}

/** Compares a subscription with its declaration; options left out are not compared. */
export function reviewSubscription(
  is: Attributes,
  declared: SubscriptionDeclaration,
  deadLetterArn?: string,
): SubscriptionReview {
  const reviews = [
    reviewRaw(is, declared),
    reviewFilter(is, declared),
    reviewDeadLetter(is, declared, deadLetterArn),
  ];
  return {
    differences: reviews.flatMap(({ differences }) => differences),
    steps: reviews.flatMap(({ steps }) => steps),
  };
}

const SAME: SubscriptionReview = { differences: [], steps: [] };

function reviewRaw(is: Attributes, { raw }: SubscriptionDeclaration): SubscriptionReview {
  const found = isRaw(is);
  if (raw === undefined || raw === found) return SAME;
  return {
    differences: [`RawMessageDelivery is ${found}, declared ${raw}`],
    steps: [['RawMessageDelivery', String(raw)]],
  };
}

/** Whether a subscription delivers messages without an envelope. */
export const isRaw = (is: Attributes): boolean => is['RawMessageDelivery'] === 'true';

function reviewFilter(is: Attributes, declared: SubscriptionDeclaration): SubscriptionReview {
  if (declared.filterPolicy === undefined) return SAME;
  const wanted = filterOf(declared);
  const policy = is['FilterPolicy'] || NO_POLICY;
  const scope = is['FilterPolicyScope'] ?? DEFAULT_SCOPE;
  const policyDiffers = !sameJson(policy, wanted.policy);
  const scopeDiffers = wanted.policy !== NO_POLICY && scope !== wanted.scope;
  return {
    differences: [
      ...(policyDiffers
        ? [`FilterPolicy is ${inWords(policy)}, declared ${inWords(wanted.policy)}`]
        : []),
      ...(scopeDiffers ? [`FilterPolicyScope is ${scope}, declared ${wanted.scope}`] : []),
    ],
    steps: policyDiffers || scopeDiffers ? filterSteps(policy, scopeDiffers, wanted) : [],
  };
}

function reviewDeadLetter(
  is: Attributes,
  { deadLetter }: SubscriptionDeclaration,
  deadLetterArn: string | undefined,
): SubscriptionReview {
  if (deadLetter === undefined) return SAME;
  const found = targetOf(is['RedrivePolicy']);
  if (found === deadLetterArn) return SAME;
  return {
    differences: [
      `its dead-letter queue is ${found ?? 'not set'}, declared ${deadLetterArn ?? 'none'}`,
    ],
    steps: [['RedrivePolicy', deadLetterArn === undefined ? NO_POLICY : redriveTo(deadLetterArn)]],
  };
}

const redriveTo = (arn: string): string => JSON.stringify({ deadLetterTargetArn: arn });

const targetOf = (policy: string | undefined): string | undefined =>
  (JSON.parse(policy || NO_POLICY) as { deadLetterTargetArn?: string }).deadLetterTargetArn;

/**
 * SNS accepts one attribute at a time, and no nested policy while the scope is `MessageAttributes`. Between the two
 * steps every message is let through, so that none that matches the old or the new policy is lost.
 */
function filterSteps(
  policy: string,
  scopeDiffers: boolean,
  wanted: { readonly policy: string; readonly scope: string },
): (readonly [string, string])[] {
  const toPolicy = ['FilterPolicy', wanted.policy] as const;
  const toScope = ['FilterPolicyScope', wanted.scope] as const;
  if (wanted.policy === NO_POLICY) return [toPolicy];
  // Without a policy SNS does not report the scope.
  if (policy === NO_POLICY) return [toScope, toPolicy];
  return scopeDiffers ? [['FilterPolicy', NO_POLICY], toScope, toPolicy] : [toPolicy];
}

const filterOf = ({ filterPolicy, filterPolicyScope }: SubscriptionDeclaration) => ({
  policy: filterPolicy === undefined ? NO_POLICY : JSON.stringify(filterPolicy),
  scope: filterPolicyScope ?? DEFAULT_SCOPE,
});

const inWords = (policy: string): string => (policy === NO_POLICY ? 'none' : policy);
