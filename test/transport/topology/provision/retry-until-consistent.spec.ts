import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { retryUntilConsistent } from '../../../../src/transport/topology/provision/retry-until-consistent.js';

const NOT_YET = new Error('not yet');
const patience = (patienceMs: number) => ({
  reason: 'it is new',
  is: (error: unknown) => error === NOT_YET,
  patienceMs,
  pauseMs: 1,
});

describe('what AWS cannot do yet', () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  beforeEach(() => {
    warn.mockClear();
  });

  it('is tried until it can, and the log says once what is waited for', async () => {
    let attempts = 0;
    const work = () => ((attempts += 1) < 4 ? Promise.reject(NOT_YET) : Promise.resolve('done'));
    expect(await retryUntilConsistent({ queue: 'billing' }, patience(60_000), work)).toBe('done');
    expect(attempts).toBe(4);
    expect(warn.mock.calls).toEqual([
      [
        'AWS refuses a call for now; it is retried',
        { queue: 'billing', reason: 'it is new', maxWaitMs: 60_000 },
      ],
    ]);
  });

  it('is given up at the end of its patience, with what AWS said', async () => {
    await expect(
      retryUntilConsistent({ queue: 'billing' }, patience(0), () => Promise.reject(NOT_YET)),
    ).rejects.toBe(NOT_YET);
  });

  it('is not mistaken for what AWS never can do', async () => {
    const denied = new Error('denied');
    await expect(
      retryUntilConsistent({ queue: 'billing' }, patience(60_000), () => Promise.reject(denied)),
    ).rejects.toBe(denied);
    expect(warn).not.toHaveBeenCalled();
  });
});
