import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { batchOutcomes, withIds } from '../../../../src/transport/broker/aws/batch-answer.js';

describe('batchOutcomes', () => {
  it('reads outcomes by position, in whatever order the answer names them', () => {
    const outcomes = fc.array(fc.constantFrom('ok', 'theirs', 'ours', 'left out'), {
      maxLength: 10,
    });
    fc.assert(
      fc.property(outcomes, fc.boolean(), (wanted, reverse) => {
        const ids = withIds(wanted.map((what) => ({ what })));
        const order = reverse ? ids.toReversed() : ids;
        const answer = {
          Successful: order.filter(({ what }) => what === 'ok'),
          Failed: order
            .filter(({ what }) => what === 'theirs' || what === 'ours')
            .map(({ Id, what }) => ({ Id, Code: what, SenderFault: what === 'ours' })),
        };
        const read = batchOutcomes(wanted.length, answer, 'Test');
        expect(
          read.map((outcome) => (outcome.ok ? 'ok' : outcome.retryable ? 'again' : 'never')),
        ).toEqual(
          wanted.map((what) => (what === 'ok' ? 'ok' : what === 'ours' ? 'never' : 'again')),
        );
      }),
    );
  });

  it.each([undefined, null, []])('takes `Failed: %j` for none', (failed) => {
    const answer = { Successful: [{ Id: '0' }], Failed: failed as undefined };
    expect(batchOutcomes(1, answer, 'Test')).toEqual([{ ok: true }]);
  });

  it.each([{}, { Successful: null as unknown as undefined }])(
    'takes everything for failed in the answer %j',
    (answer) => {
      expect(batchOutcomes(2, answer, 'Test')).toMatchObject([
        { ok: false, retryable: true },
        { ok: false, retryable: true },
      ]);
    },
  );

  it('knows no entries but those that were sent', () => {
    const answer = {
      Successful: [{ Id: '7' }, {}, { Id: 'x' }],
      Failed: [{ Id: '-1' }, { Id: '1.5' }],
    };
    const outcomes = batchOutcomes(2, answer, 'Test');
    expect(outcomes).toHaveLength(2);
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, false]);
  });

  it.each(['RequestThrottled', 'ThrottlingException', 'KMS.ThrottlingException'])(
    'an entry that was throttled (%s) may be tried again, whoever is said to be at fault',
    (Code) => {
      const answer = { Failed: [{ Id: '0', Code, SenderFault: true }] };
      const [outcome] = batchOutcomes(1, answer, 'SendMessageBatch');
      expect(outcome).toMatchObject({ retryable: true, error: { retryable: true } });
    },
  );

  it('says in the error what AWS said', () => {
    const [outcome] = batchOutcomes(
      1,
      { Failed: [{ Id: '0', Code: 'InternalError', Message: 'try later' }] },
      'SendMessageBatch',
    );
    expect(outcome).toMatchObject({
      error: {
        message: 'SendMessageBatch failed: InternalError: try later',
        retryable: true,
        details: { code: 'InternalError', senderFault: false },
      },
    });
  });
});
