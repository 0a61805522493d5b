import { describe, expect, it } from '@jest/globals';
import { assert, property, stringMatching } from 'fast-check';
import { EventTopics, fitsGlob } from '../../../src/messaging/event-bus/event-topics.js';

describe('The topics of an event bus', () => {
  const topics = new EventTopics({
    '*': 'everything',
    'User*': 'users',
    '*Failed': 'failures',
    'User*Failed': 'user-failures',
    UserRegistered: 'registrations',
  });

  it.each([
    ['UserRegistered', 'registrations'],
    ['UserDeleted', 'users'],
    ['UserRegistrationFailed', 'user-failures'],
    ['PaymentFailed', 'failures'],
    ['Shipped', 'everything'],
  ])('send %s to %s: the exact name first, then the longest pattern', (name, topic) => {
    expect(topics.topicOf(name)).toBe(topic);
  });

  it('take the pattern declared first of two that are as long', () => {
    expect(new EventTopics({ 'Us*': 'one', '*er': 'two' }).topicOf('User')).toBe('one');
  });

  it('are one topic for all events where one is named', () => {
    expect(new EventTopics('users').topicOf('Anything')).toBe('users');
  });

  it('refuse an event that no pattern fits, naming it and the patterns', () => {
    expect(() => new EventTopics({ 'User*': 'users' }).topicOf('OrderPlaced')).toThrow(
      'No topic of the event bus takes the event OrderPlaced; its patterns: User*. Add one to its topics',
    );
  });
});

describe('fitsGlob', () => {
  it('agrees with the regular expression of the pattern', () => {
    assert(
      property(stringMatching(/^[ab*]{0,8}$/), stringMatching(/^[ab]{0,10}$/), (pattern, text) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
        expect({ pattern, text, fits: fitsGlob(pattern, text) }).toEqual({
          pattern,
          text,
          fits: expression.test(text),
        });
      }),
    );
  });

  it('takes no more steps than the product of both lengths for a pattern that makes expressions backtrack', () => {
    const text = 'a'.repeat(256);
    let reads = 0;
    const counted = new Proxy(Object(text) as object, {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
        return Reflect.get(target, key) as unknown;
      },
    });
    expect({ fits: fitsGlob(`${'a*'.repeat(127)}b`, counted as unknown as string) }).toEqual({
      fits: false,
    });
    expect(reads).toBeLessThanOrEqual(256 * 256);
  });
});
