import { describe, expect, it, jest } from '@jest/globals';
import { concat, EMPTY, NEVER, Observable, of, throwError } from 'rxjs';
import { settled } from '../../../../src/transport/server/handling/flatten.js';

const later = <T>(value: T): Promise<T> => Promise.resolve(value);
const failure = new Error('within');

describe('settled', () => {
  it.each([
    ['a value', 1],
    ['a promise', later(1)],
    ['a stream without a value', EMPTY],
    ['a promise of a stream of promises and streams', later(of(1, later(2), of(later(3))))],
  ])('%s ends well', async (_what, result) => {
    await expect(settled(result)).resolves.toBeUndefined();
  });

  it.each([
    ['a promise', Promise.reject(failure)],
    ['a stream', throwError(() => failure)],
    ['a promise within a stream', new Observable((all) => all.next(Promise.reject(failure)))],
    ['a stream within a promise within a stream', of(later(throwError(() => failure)))],
  ])('%s that fails is the failure of all', async (_what, result) => {
    await expect(settled(result)).rejects.toBe(failure);
  });

  it('waits for what a stream has emitted when the stream itself has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ended: string[] = [];
    const all = settled(of(promise)).then(() => ended.push('the whole'));
    await new Promise(setImmediate);
    expect(ended).toEqual([]);
    resolve();
    await all;
    expect(ended).toEqual(['the whole']);
  });

  it('leaves a stream of which a part has failed', async () => {
    const left = jest.fn();
    const endless = new Observable((all) => {
      all.next(
        concat(
          throwError(() => failure),
          NEVER,
        ),
      );
      return left;
    });
    await expect(settled(endless)).rejects.toBe(failure);
    expect(left).toHaveBeenCalledTimes(1);
  });
});
