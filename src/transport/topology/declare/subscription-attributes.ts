import { sameJson } from './json-value.js';
import type { SubscriptionDeclaration } from './topology.js';

type Attributes = Readonly<Record<string, string>>;

const DEFAULT_SCOPE = 'MessageAttributes';
/** SNS takes an empty policy for none. */
const NO_POLICY = '{}';

/** What a new subscription is made with. */
export function subscriptionAttributes(declared: SubscriptionDeclaration): Record<string, string> {
  const { raw, policy, scope } = wantedOf(declared);
  return {
    RawMessageDelivery: raw,
    ...(policy !== NO_POLICY && { FilterPolicy: policy }),
    ...(policy !== NO_POLICY && scope !== DEFAULT_SCOPE && { FilterPolicyScope: scope }),
  };
}

export interface SubscriptionReview {
  /** In words. */
  readonly differences: readonly string[];
  /** Attributes to set, one after the other. */
  readonly steps: readonly (readonly [name: string, value: string])[];
}

/** How a subscription is to be brought up to date. */
export function reviewSubscription(
  is: Attributes,
  declared: SubscriptionDeclaration,
): SubscriptionReview {
  const wanted = wantedOf(declared);
  const raw = is['RawMessageDelivery'] ?? 'false';
  const policy = is['FilterPolicy'] || NO_POLICY;
  const scope = is['FilterPolicyScope'] ?? DEFAULT_SCOPE;
  const rawDiffers = raw !== wanted.raw;
  const policyDiffers = !sameJson(policy, wanted.policy);
  const scopeDiffers = wanted.policy !== NO_POLICY && scope !== wanted.scope;
  return {
    differences: [
      ...(rawDiffers ? [`RawMessageDelivery is ${raw}, declared ${wanted.raw}`] : []),
      ...(policyDiffers
        ? [`FilterPolicy is ${inWords(policy)}, declared ${inWords(wanted.policy)}`]
        : []),
      ...(scopeDiffers ? [`FilterPolicyScope is ${scope}, declared ${wanted.scope}`] : []),
    ],
    steps: [
      ...(rawDiffers ? [['RawMessageDelivery', wanted.raw] as const] : []),
      ...(policyDiffers || scopeDiffers ? filterSteps(policy, scopeDiffers, wanted) : []),
    ],
  };
}

/**
 * SNS takes one attribute at a time, and no nested policy while the scope is the attributes. Between scope and
 * policy everything is let through, rather than a message held back that fits the old policy and the new one.
 */
function filterSteps(
  policy: string,
  scopeDiffers: boolean,
  wanted: { readonly policy: string; readonly scope: string },
): (readonly [string, string])[] {
  const toPolicy = ['FilterPolicy', wanted.policy] as const;
  const toScope = ['FilterPolicyScope', wanted.scope] as const;
  if (wanted.policy === NO_POLICY) return [toPolicy];
  // Without a policy SNS does not say which scope it keeps.
  if (policy === NO_POLICY) return [toScope, toPolicy];
  return scopeDiffers ? [['FilterPolicy', NO_POLICY], toScope, toPolicy] : [toPolicy];
}

const wantedOf = ({ raw = true, filterPolicy, filterPolicyScope }: SubscriptionDeclaration) => ({
  raw: String(raw),
  policy: filterPolicy === undefined ? NO_POLICY : JSON.stringify(filterPolicy),
  scope: filterPolicyScope ?? DEFAULT_SCOPE,
});

const inWords = (policy: string): string => (policy === NO_POLICY ? 'none' : policy);
