import { describe, expect, it } from '@jest/globals';
import {
  reviewSubscription,
  subscriptionAttributes,
} from '../../../../src/transport/topology/declare/subscription-attributes.js';

const topic = 'orders';
const byAttribute = { topic, filterPolicy: { tenant: ['acme'] } };
const byBody = {
  topic,
  filterPolicy: { data: { tenant: ['acme'] } },
  filterPolicyScope: 'MessageBody',
} as const;
const policy = (declared: { readonly filterPolicy: object }) =>
  JSON.stringify(declared.filterPolicy);

/** What SNS says of a subscription made as declared. */
const asMade = (declared: Parameters<typeof subscriptionAttributes>[0]) => {
  const attributes = subscriptionAttributes(declared);
  return 'FilterPolicy' in attributes
    ? { FilterPolicyScope: 'MessageAttributes', ...attributes }
    : attributes;
};

describe('a subscription', () => {
  it.each([[{ topic }], [{ topic, raw: false }], [byAttribute], [byBody]])(
    'does not differ when it is made as declared: %j',
    (declared) => {
      expect(reviewSubscription(asMade(declared), declared)).toEqual({
        differences: [],
        steps: [],
      });
    },
  );

  it('does not differ where SNS writes the same policy in another form', () => {
    const declared = { topic, filterPolicy: { a: ['x'], b: [1] } };
    const is = { ...asMade(declared), FilterPolicy: '{ "b": [1],\n "a": ["x"] }' };
    expect(reviewSubscription(is, declared).steps).toEqual([]);
    const text = { ...is, FilterPolicy: '{"a":["x"],"b":["1"]}' };
    expect(reviewSubscription(text, declared).steps).toHaveLength(1);
  });

  it('changes what differs alone', () => {
    expect(reviewSubscription(asMade(byAttribute), { ...byAttribute, raw: false })).toEqual({
      differences: ['RawMessageDelivery is true, declared false'],
      steps: [['RawMessageDelivery', 'false']],
    });
    const other = { topic, filterPolicy: { tenant: ['other'] } };
    expect(reviewSubscription(asMade(byAttribute), other)).toEqual({
      differences: [`FilterPolicy is ${policy(byAttribute)}, declared ${policy(other)}`],
      steps: [['FilterPolicy', policy(other)]],
    });
  });

  it.each([
    ['to the body', byAttribute, byBody, 'MessageBody'],
    ['to the attributes', byBody, byAttribute, 'MessageAttributes'],
  ] as const)(
    'is open while its filter moves %s, so that nothing that fits is held back',
    (_where, from, to, scope) => {
      expect(reviewSubscription(asMade(from), to).steps).toEqual([
        ['FilterPolicy', '{}'],
        ['FilterPolicyScope', scope],
        ['FilterPolicy', policy(to)],
      ]);
    },
  );

  it('gets the scope before the policy where it had none', () => {
    expect(reviewSubscription(asMade({ topic }), byBody)).toEqual({
      differences: [
        `FilterPolicy is none, declared ${policy(byBody)}`,
        'FilterPolicyScope is MessageAttributes, declared MessageBody',
      ],
      steps: [
        ['FilterPolicyScope', 'MessageBody'],
        ['FilterPolicy', policy(byBody)],
      ],
    });
  });

  it.each([byAttribute, byBody])('keeps a policy that is not declared: %j', (declared) => {
    expect(reviewSubscription(asMade(declared), { topic })).toEqual({ differences: [], steps: [] });
  });

  it.each([byAttribute, byBody])('loses its policy to an empty one: %j', (declared) => {
    expect(reviewSubscription(asMade(declared), { topic, filterPolicy: {} })).toEqual({
      differences: [`FilterPolicy is ${policy(declared)}, declared none`],
      steps: [['FilterPolicy', '{}']],
    });
    expect(
      reviewSubscription({ ...asMade(declared), FilterPolicy: '{}' }, { topic }).steps,
    ).toEqual([]);
  });
});
