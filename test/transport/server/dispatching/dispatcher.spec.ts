import { describe, expect, it } from '@jest/globals';
import { StandardDispatcher } from '../../../../src/transport/server/dispatching/dispatcher.js';
import { Lease } from '../../../../src/transport/server/leases/lease.js';
import { message } from '../../fake-sqs.js';

const lease = (id: string): Lease => new Lease(message(id), id, `${id}-handle`, 0, 30_000);

function standard(isLast: (lease: Lease) => boolean = () => false) {
  const started: string[] = [];
  const released: string[][] = [];
  const dispatcher = new StandardDispatcher({
    work: ({ messageId }) => {
      started.push(messageId);
      return Promise.resolve(true);
    },
    release: (some) => {
      released.push(some.map(({ messageId }) => messageId));
      return Promise.resolve();
    },
    isLast,
  });
  const dispatch = (...ids: string[]): void => dispatcher.dispatch(ids.map(lease));
  return { dispatcher, dispatch, started, released };
}

describe('the dispatcher of a standard queue', () => {
  it('starts all that comes at once', () => {
    const { dispatch, started, released } = standard();
    dispatch('a', 'b');
    expect({ started, released }).toEqual({ started: ['a', 'b'], released: [] });
  });

  it('when drained, keeps what comes until it is told to release it, each message by itself', () => {
    const { dispatcher, dispatch, started, released } = standard();
    dispatcher.drain();
    dispatch('a', 'b');
    expect({ started, released }).toEqual({ started: [], released: [] });
    dispatcher.release();
    expect(released).toEqual([['a'], ['b']]);
    dispatcher.release();
    expect(released).toHaveLength(2);
  });

  it('releases what still comes once it was told to', () => {
    const { dispatcher, dispatch, started, released } = standard();
    dispatcher.drain();
    dispatcher.release();
    dispatch('a');
    expect({ started, released }).toEqual({ started: [], released: [['a']] });
  });

  it('starts also then what SQS would dead-letter rather than give out again', () => {
    const { dispatcher, dispatch, started, released } = standard(
      ({ messageId }) => messageId === 'last',
    );
    dispatcher.drain();
    dispatch('a', 'last');
    dispatcher.release();
    dispatch('last');
    expect({ started, released }).toEqual({ started: ['last', 'last'], released: [['a']] });
  });
});
