import { describe, expect, it } from '@jest/globals';
import { Heartbeat } from '../../../../src/transport/server/leases/heartbeat.js';
import type { Lease } from '../../../../src/transport/server/leases/lease.js';
import { LeaseRegistry } from '../../../../src/transport/server/leases/lease.registry.js';
import { sqsQueues } from '../../../../src/transport/broker/aws/sqs.queue.js';
import { systemClock } from '../../../../src/transport/clock.js';
import { OutageLog } from '../../../../src/transport/outage.log.js';
import { SlowestCall } from '../../../../src/transport/server/leases/slowest.call.js';
import { VisibilityChanger } from '../../../../src/transport/server/leases/visibility.changer.js';
import { FakeClock } from '../../../../src/testing/index.js';
import { waitForCount } from '../../../support/wait.js';
import { fakeSqs, message, SqsFault, takeAll, type SqsCall } from '../../fake-sqs.js';

const VISIBILITY_S = 30;
const DUE_MS = 25_000;

function heart(answer: (call: SqsCall) => object | Promise<object> = takeAll) {
  const lost: string[] = [];
  const leases = new LeaseRegistry({
    visibilityMs: VISIBILITY_S * 1000,
    maxLeaseMs: 3600_000,
    onLost: ({ messageId }) => void lost.push(messageId),
  });
  const { sqs, calls } = fakeSqs(answer);
  const clock = new FakeClock(0);
  const visibility = new VisibilityChanger({
    queue: sqsQueues({ sqs, sqsPolling: sqs, sqsReplies: sqs })('http://queue'),
    clock,
    realTime: systemClock,
    outage: new OutageLog({ warn: () => undefined, log: () => undefined }, clock, 'Renewing'),
    slowest: new SlowestCall(clock),
  });
  const heartbeat = new Heartbeat(leases, visibility, VISIBILITY_S, clock);
  const beatAt = async (ms: number): Promise<void> => {
    await clock.advance(ms - clock.now());
    await heartbeat.beat();
  };
  const take = (id: string): Lease => {
    const lease = leases.take(message(id), 0);
    if (!lease) throw new Error('not taken');
    return lease;
  };
  return { leases, heartbeat, clock, beatAt, calls, lost, take };
}

const refuse = (code: string) => (): object => ({
  Failed: [{ Id: '0', Code: code, SenderFault: true }],
});

describe('a heartbeat', () => {
  it('renews what is due, ten a call, and nothing else', async () => {
    const { beatAt, calls, take } = heart();
    const leases = Array.from({ length: 12 }, (_, n) => take(String(n)));
    await beatAt(5000);
    expect(calls).toEqual([]);
    await beatAt(DUE_MS);
    expect(calls.map(({ input }) => (input['Entries'] as unknown[]).length)).toEqual([10, 2]);
    expect(calls[0]?.input['Entries']).toContainEqual({
      Id: '0',
      ReceiptHandle: '0-handle',
      VisibilityTimeout: VISIBILITY_S,
    });
    for (const { expiresAtMs } of leases)
      expect(expiresAtMs).toBe(DUE_MS + VISIBILITY_S * 1000 - 1000);
    await beatAt(DUE_MS + 1000);
    expect(calls).toHaveLength(2);
  });

  it('loses a lease once when it has run out, and does not renew it', async () => {
    const { beatAt, calls, lost, take } = heart();
    take('a');
    await beatAt(31_000);
    await beatAt(32_000);
    expect(lost).toEqual(['a']);
    expect(calls).toEqual([]);
  });

  it.each(['ReceiptHandleIsInvalid', 'AWS.SimpleQueueService.MessageNotInflight'])(
    'takes %s for a lost race, not for an error',
    async (code) => {
      const { beatAt, lost, take } = heart(refuse(code));
      take('a');
      await beatAt(DUE_MS);
      expect(lost).toEqual(['a']);
    },
  );

  it('does not lose a lease whose handle was renewed by another receive meanwhile', async () => {
    const { clock, heartbeat, leases, lost, take } = heart(refuse('ReceiptHandleIsInvalid'));
    const lease = take('a');
    await clock.advance(DUE_MS);
    const beat = heartbeat.beat();
    leases.take(message('a', {}, { ReceiptHandle: 'newer' }), DUE_MS);
    await beat;
    expect(lost).toEqual([]);
    expect(lease.state).toBe('held');
  });

  it('leaves a lease whose renewal failed to the next beat', async () => {
    let calls = 0;
    const { beatAt, lost, take } = heart((call) => {
      calls += 1;
      if (calls === 1) throw new SqsFault('AccessDeniedException', 403);
      return takeAll(call);
    });
    const lease = take('a');
    await beatAt(DUE_MS);
    expect(lease.state).toBe('held');
    await beatAt(DUE_MS + 1000);
    expect(lease.expiresAtMs).toBe(DUE_MS + VISIBILITY_S * 1000);
    expect(lost).toEqual([]);
  });

  it('counts a message as renewed that SQS took once, though it refused it when the call was repeated for another of its group', async () => {
    const refused = [['b-handle'], ['a-handle'], ['a-handle', 'b-handle']];
    const { beatAt, calls, lost, leases } = heart((call) => {
      const now = refused[calls.length - 1] ?? [];
      const entries = call.input['Entries'] as { Id: string; ReceiptHandle: string }[];
      return {
        Successful: entries.filter(({ ReceiptHandle: handle }) => !now.includes(handle)),
        Failed: entries
          .filter(({ ReceiptHandle: handle }) => now.includes(handle))
          .map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
      };
    });
    const group = { Attributes: { MessageGroupId: 'g' } };
    const taken = ['a', 'b'].map((id) => leases.take(message(id, {}, group), 0));
    await beatAt(DUE_MS);
    expect(calls).toHaveLength(3);
    const renewedMs = DUE_MS + VISIBILITY_S * 1000 - 1000;
    expect(taken.map((lease) => lease?.expiresAtMs)).toEqual([renewedMs, renewedMs]);
    await beatAt(VISIBILITY_S * 1000);
    expect(lost).toEqual([]);
  });

  it('does not prolong a lease that had ended when the answer came: the message may be another’s', async () => {
    const { promise: late, resolve: answer } = Promise.withResolvers<void>();
    const { clock, heartbeat, lost, take } = heart(async (call) => {
      await late;
      return takeAll(call);
    });
    const lease = take('a');
    await clock.advance(DUE_MS);
    const beat = heartbeat.beat();
    await clock.advance(VISIBILITY_S * 1000 - DUE_MS);
    answer();
    await beat;
    expect(lease.expiresAtMs).toBe(VISIBILITY_S * 1000 - 1000);
    await heartbeat.beat();
    expect(lost).toEqual(['a']);
  });

  it('counts a renewed lease from when the renewal was sent, however late its answer comes', async () => {
    const { promise: late, resolve: answer } = Promise.withResolvers<void>();
    const { clock, heartbeat, take } = heart(async (call) => {
      await late;
      return takeAll(call);
    });
    const lease = take('a');
    await clock.advance(DUE_MS);
    const beat = heartbeat.beat();
    await clock.advance(3000);
    answer();
    await beat;
    expect(lease.expiresAtMs).toBe(DUE_MS + VISIBILITY_S * 1000 - 1000);
  });

  it('does not end a lease sooner by the answer to an earlier renewal than a later one has said', async () => {
    const { promise: late, resolve: answer } = Promise.withResolvers<void>();
    const { clock, heartbeat, calls, lost, take } = heart(async (call) => {
      if (calls.length === 1) await late;
      return takeAll(call);
    });
    const lease = take('a');
    await clock.advance(DUE_MS);
    const first = heartbeat.beat();
    await waitForCount('calls', () => calls, 1);
    await clock.advance(1000);
    await heartbeat.beat();
    const renewedMs = DUE_MS + 1000 + VISIBILITY_S * 1000 - 1000;
    expect(lease.expiresAtMs).toBe(renewedMs);
    answer();
    await first;
    expect(lease.expiresAtMs).toBe(renewedMs);
    expect(lost).toEqual([]);
  });

  it('does not ask again for a lease that has ended since it asked', async () => {
    const { clock, heartbeat, calls, take } = heart(() => {
      void clock.advance(VISIBILITY_S * 1000 - DUE_MS);
      throw new SqsFault('InternalFailure', 500);
    });
    take('a');
    await clock.advance(DUE_MS);
    await heartbeat.beat();
    expect(calls).toHaveLength(1);
  });

  it('does not prolong a lease that is being released when the answer comes', async () => {
    const { clock, heartbeat, take } = heart();
    const lease = take('a');
    const { expiresAtMs } = lease;
    await clock.advance(DUE_MS);
    const beat = heartbeat.beat();
    lease.state = 'releasing';
    await beat;
    expect(lease.expiresAtMs).toBe(expiresAtMs);
  });

  it('prolongs the lease of a message that is being deleted', async () => {
    const { beatAt, take } = heart();
    const lease = take('a');
    lease.state = 'acknowledging';
    await beatAt(DUE_MS);
    expect(lease.expiresAtMs).toBe(DUE_MS + VISIBILITY_S * 1000 - 1000);
  });

  it('does not lose a message that is being deleted when SQS no longer knows its handle', async () => {
    const { beatAt, lost, take } = heart(refuse('ReceiptHandleIsInvalid'));
    const lease = take('a');
    lease.state = 'acknowledging';
    await beatAt(DUE_MS);
    expect({ lost, state: lease.state }).toEqual({ lost: [], state: 'acknowledging' });
  });

  it('has a release wait for the newest of its renewals, and for none once that was answered', async () => {
    const { clock, heartbeat, take } = heart();
    const lease = take('a');
    await clock.advance(DUE_MS);
    const first = heartbeat.beat();
    const newer = Promise.resolve();
    const older = lease.renewal;
    lease.renewal = newer;
    await first;
    expect(lease.renewal).toBe(newer);
    lease.expiresAtMs = DUE_MS + 1;
    const second = heartbeat.beat();
    expect([older, newer]).not.toContain(lease.renewal);
    await second;
    expect(lease.renewal).toBeUndefined();
  });

  it('that never began can be stopped', () => {
    const { heartbeat, clock } = heart();
    heartbeat.stop();
    expect(clock.timers).toBe(0);
  });

  it('looks six times a lease', async () => {
    const { clock, heartbeat, take } = heart();
    const lease = take('a');
    heartbeat.start();
    await clock.advance(19_999);
    expect(lease.expiresAtMs).toBe(VISIBILITY_S * 1000 - 1000);
    await clock.advance(1);
    await lease.renewal;
    expect(lease.expiresAtMs).toBe(20_000 + VISIBILITY_S * 1000 - 1000);
    heartbeat.stop();
  });

  it('has one timer, which stops with it', () => {
    const { heartbeat, clock } = heart();
    heartbeat.start();
    heartbeat.start();
    expect(clock.timers).toBe(1);
    heartbeat.stop();
    expect(clock.timers).toBe(0);
  });
});
