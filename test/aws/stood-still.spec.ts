import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import type { Dispatcher } from 'undici';
import { DispatchedCall } from '../../src/aws/tuned/dispatched-call.js';

const LIMIT_MS = 100;
const CONTROLLER = { abort: () => undefined } as unknown as Dispatcher.DispatchController;

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] }));
afterEach(() => void jest.useRealTimers());

/** A call whose time passed while its process stood still: its timer fires before the sockets are read. */
function stoodStill(): DispatchedCall {
  const call = new DispatchedCall(LIMIT_MS, undefined);
  call.onRequestStart(CONTROLLER);
  jest.advanceTimersByTime(LIMIT_MS);
  return call;
}

it('an answer that came while the process stood still for longer than its time-out is taken', async () => {
  const call = stoodStill();
  call.onResponseStart(CONTROLLER, 200, {});
  call.onResponseData(CONTROLLER, Buffer.from('{}'));
  call.onResponseEnd();
  expect((await call.answer).response.statusCode).toBe(200);
});

it('the body of an answer whose head came meanwhile gets its own time', async () => {
  const call = stoodStill();
  call.onResponseStart(CONTROLLER, 200, {});
  await new Promise((resolve) => setImmediate(resolve));
  call.onResponseEnd();
  expect((await call.answer).response.statusCode).toBe(200);
});

it('a call of which nothing came meanwhile is given up', async () => {
  await expect(stoodStill().answer).rejects.toMatchObject({ code: 'ETIMEDOUT' });
});
