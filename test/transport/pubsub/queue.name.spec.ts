import { describe, expect, it } from '@jest/globals';
import { assert, boolean, constantFrom, property, string } from 'fast-check';
import { queueNameOf } from '../../../src/transport/pubsub/index.js';
import { splitFifo } from '../../../src/common/resource-names.js';

const NAME = /^[\w-]{1,80}$|^[\w-]{1,75}\.fifo$/;
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_';
const word = (maxLength: number) =>
  string({ unit: constantFrom(...letters.split('')), minLength: 1, maxLength });

describe('the name of a topic’s queue', () => {
  it.each([
    ['orders', 'production', 'orders-production'],
    ['orders', 'dev', 'orders-dev'],
    ['Order_Events', 'staging', 'Order_Events-staging'],
    ['orders.fifo', 'production', 'orders-production.fifo'],
    ['arn:aws:sns:eu-central-1:111122223333:orders', 'dev', 'orders-dev'],
    ['arn:aws:sns:eu-central-1:111122223333:orders.fifo', 'dev', 'orders-dev.fifo'],
    ['o'.repeat(76), 'dev', `${'o'.repeat(76)}-dev`],
    ['o'.repeat(77), 'dev', `${'o'.repeat(71)}-08456ed4`],
    [`${'o'.repeat(76)}.fifo`, 'dev', `${'o'.repeat(66)}-6c87b5b6.fifo`],
  ])('of %s in %s is %s', (topic, environment, name) => {
    expect(queueNameOf(topic, environment)).toBe(name);
  });

  it('is one that SQS takes, the same every time, and FIFO exactly if the topic is', () => {
    assert(
      property(word(256), word(40), boolean(), (topic, environment, fifo) => {
        const full = fifo ? `${topic}.fifo` : topic;
        const name = queueNameOf(full, environment);
        expect(name).toMatch(NAME);
        expect(splitFifo(name).suffix).toBe(fifo ? '.fifo' : '');
        expect(queueNameOf(full, environment)).toBe(name);
      }),
    );
  });

  it('differs for long topics that begin alike', () => {
    const [one, other] = ['a', 'b'].map((end) => queueNameOf(`${'t'.repeat(200)}${end}`, 'dev'));
    expect(one).not.toBe(other);
  });
});
