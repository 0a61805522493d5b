import { isObject } from '../../../common/objects.js';
import type { SubscriptionDeclaration } from './topology.js';

// https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
const MAX_KEYS = 5;
const MAX_COMBINATIONS = 150;
const MAX_BYTES = 256 * 1024;

/** Faults of a filter policy that SNS certainly refuses. How SNS counts nested keys and `$or` is not checked. */
export function filterPolicyFaults({
  filterPolicy,
  filterPolicyScope,
}: SubscriptionDeclaration): string[] {
  if (filterPolicy === undefined)
    return filterPolicyScope === undefined ? [] : ['has a filterPolicyScope, but no filterPolicy'];
  const rules = Object.entries(filterPolicy).filter(([key]) => key !== '$or');
  const nested = rules.filter(([, rule]) => !Array.isArray(rule)).map(([key]) => key);
  const combinations = combinationsOf(filterPolicy);
  const bytes = Buffer.byteLength(JSON.stringify(filterPolicy));
  return [
    ...(filterPolicyScope !== 'MessageBody' && nested.length > 0
      ? [`its filterPolicy is nested at ${nested.join(', ')}, which needs the scope MessageBody`]
      : []),
    ...(rules.length > MAX_KEYS
      ? [`its filterPolicy has ${rules.length} keys, SNS takes ${MAX_KEYS}`]
      : []),
    ...(combinations > MAX_COMBINATIONS
      ? [
          `its filterPolicy combines ${combinations} values (their counts multiplied), SNS takes ${MAX_COMBINATIONS}`,
        ]
      : []),
    ...(bytes > MAX_BYTES ? [`its filterPolicy has ${bytes} bytes, SNS takes ${MAX_BYTES}`] : []),
  ];
}

/** The product of the lengths of all value lists. */
function combinationsOf(policy: object): number {
  return Object.entries(policy)
    .filter(([key]) => key !== '$or')
    .reduce((product, [, rule]: [string, unknown]) => {
      if (Array.isArray(rule)) return product * rule.length;
      return isObject(rule) ? product * combinationsOf(rule) : product;
    }, 1);
}
