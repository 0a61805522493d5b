import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Heartbeat } from '../../../src/transport/server/heartbeat.js';
import type { Lease } from '../../../src/transport/server/lease.js';
import { LeaseRegistry } from '../../../src/transport/server/lease.registry.js';
import { VisibilityChanger } from '../../../src/transport/server/visibility.changer.js';
import { fakeSqs, message, SqsFault, takeAll, type SqsCall } from '../fake-sqs.js';

afterEach(() => void jest.useRealTimers());

const VISIBILITY_S = 30;
const DUE_MS = 25_000;

function heart(answer: (call: SqsCall) => object = takeAll) {
  const lost: string[] = [];
  const leases = new LeaseRegistry({
    visibilityMs: VISIBILITY_S * 1000,
    maxLeaseMs: 3600_000,
    onLost: ({ messageId }) => void lost.push(messageId),
  });
  const { sqs, calls } = fakeSqs(answer);
  const heartbeat = new Heartbeat(leases, new VisibilityChanger(sqs, 'http://queue'), VISIBILITY_S);
  const take = (id: string): Lease => {
    const lease = leases.take(message(id), 0);
    if (!lease) throw new Error('not taken');
    return lease;
  };
  return { leases, heartbeat, calls, lost, take };
}

const refuse = (code: string) => (): object => ({
  Failed: [{ Id: '0', Code: code, SenderFault: true }],
});

describe('a heartbeat', () => {
  it('renews what is due, ten a call, and nothing else', async () => {
    const { heartbeat, calls, take } = heart();
    const leases = Array.from({ length: 12 }, (_, n) => take(String(n)));
    await heartbeat.beat(5000);
    expect(calls).toEqual([]);
    await heartbeat.beat(DUE_MS);
    expect(calls.map(({ input }) => (input['Entries'] as unknown[]).length)).toEqual([10, 2]);
    expect(calls[0]?.input['Entries']).toContainEqual({
      Id: '0',
      ReceiptHandle: '0-handle',
      VisibilityTimeout: VISIBILITY_S,
    });
    for (const { expiresAtMs } of leases)
      expect(expiresAtMs).toBe(DUE_MS + VISIBILITY_S * 1000 - 1000);
    await heartbeat.beat(DUE_MS + 1000);
    expect(calls).toHaveLength(2);
  });

  it('loses a lease once when it has run out, and does not renew it', async () => {
    const { heartbeat, calls, lost, take } = heart();
    take('a');
    await heartbeat.beat(31_000);
    await heartbeat.beat(32_000);
    expect(lost).toEqual(['a']);
    expect(calls).toEqual([]);
  });

  it.each(['ReceiptHandleIsInvalid', 'AWS.SimpleQueueService.MessageNotInflight'])(
    'takes %s for a lost race, not for an error',
    async (code) => {
      const { heartbeat, lost, take } = heart(refuse(code));
      take('a');
      await heartbeat.beat(DUE_MS);
      expect(lost).toEqual(['a']);
    },
  );

  it('does not lose a lease whose handle was renewed by another receive meanwhile', async () => {
    const { heartbeat, leases, lost, take } = heart(refuse('ReceiptHandleIsInvalid'));
    const lease = take('a');
    const beat = heartbeat.beat(DUE_MS);
    leases.take(message('a', {}, { ReceiptHandle: 'newer' }), DUE_MS);
    await beat;
    expect(lost).toEqual([]);
    expect(lease.state).toBe('held');
  });

  it('leaves a lease that SQS could not be asked about to the next beat', async () => {
    let calls = 0;
    const { heartbeat, lost, take } = heart((call) => {
      calls += 1;
      if (calls === 1) throw new SqsFault('AccessDeniedException', 403);
      return takeAll(call);
    });
    const lease = take('a');
    await heartbeat.beat(DUE_MS);
    expect(lease.state).toBe('held');
    await heartbeat.beat(DUE_MS + 1000);
    expect(lease.expiresAtMs).toBe(DUE_MS + VISIBILITY_S * 1000);
    expect(lost).toEqual([]);
  });

  it('does not prolong a lease that is being settled when the answer comes', async () => {
    const { heartbeat, take } = heart();
    const lease = take('a');
    const { expiresAtMs } = lease;
    const beat = heartbeat.beat(DUE_MS);
    lease.state = 'settling';
    await beat;
    expect(lease.expiresAtMs).toBe(expiresAtMs);
  });

  it('has one timer, which stops with it', () => {
    jest.useFakeTimers();
    const { heartbeat } = heart();
    heartbeat.start();
    heartbeat.start();
    expect(jest.getTimerCount()).toBe(1);
    heartbeat.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
