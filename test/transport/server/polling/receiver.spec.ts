import { describe, expect, it } from '@jest/globals';
import { BrokerError } from '../../../../src/transport/broker/broker.error.js';
import type { BrokerQueue, ReceiveRequest } from '../../../../src/transport/broker/broker.queue.js';
import { Receiver } from '../../../../src/transport/server/polling/receiver.js';

const lost = (): Error => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

/** Receives as often as there are answers, which may be errors; the ids of its attempts, numbered as they first came. */
async function attempts(fifo: boolean, answers: readonly (Error | undefined)[]) {
  const ids: (string | undefined)[] = [];
  const left = [...answers];
  const broker: Pick<BrokerQueue, 'receive'> = {
    receive: ({ attemptId }: ReceiveRequest) => {
      ids.push(attemptId);
      const error = left.shift();
      return error ? Promise.reject(error) : Promise.resolve([]);
    },
  };
  const receiver = new Receiver(broker as BrokerQueue, { fifo }, 30);
  while (left.length > 0) await receiver.receive(10, 20).catch(() => undefined);
  const known = [...new Set(ids)];
  return ids.map((id) => (id === undefined ? 'none' : known.indexOf(id) + 1));
}

describe('a receive', () => {
  it('from a FIFO queue whose answer was lost is repeated with its id, so that its messages do not block their groups', async () => {
    expect(await attempts(true, [undefined, lost(), lost(), undefined, undefined])).toEqual([
      1, 2, 2, 2, 3,
    ]);
  });

  it('that SQS refused is not repeated with its id, which may be what it refused', async () => {
    const refused = new BrokerError('InvalidParameterValue', 'ReceiveRequestAttemptId');
    expect(await attempts(true, [refused, undefined])).toEqual([1, 2]);
  });

  it('from a standard queue has no id', async () => {
    expect(await attempts(false, [lost(), undefined])).toEqual(['none', 'none']);
  });
});
