import { describe, expect, it } from '@jest/globals';
import {
  EventHistory,
  type StreamedEvent,
} from '../../../../src/features/sessions/stream/event-history.js';

const event = (number: number, frame = `frame ${number}`): StreamedEvent => ({
  number,
  frame,
  identity: `id ${number}`,
});
const limits = { historyPerSession: 3, historySessions: 2, historyBytes: 1000 };
const numbers = (history: EventHistory, sessionId: string, after = 0): number[] =>
  history.after(sessionId, after).map(({ number }) => number);

describe('EventHistory', () => {
  it('gives what came after an event, in order', () => {
    const history = new EventHistory(limits);
    for (const number of [1, 2, 3]) history.append('a', event(number));
    expect(numbers(history, 'a', 1)).toEqual([2, 3]);
    expect(numbers(history, 'a', 3)).toEqual([]);
    expect(numbers(history, 'unknown')).toEqual([]);
  });

  it('keeps the latest events of a session only', () => {
    const history = new EventHistory(limits);
    for (let number = 1; number <= 5; number++) history.append('a', event(number));
    expect(numbers(history, 'a')).toEqual([3, 4, 5]);
    expect(history.has('a', 'id 2')).toBe(false);
    expect(history.has('a', 'id 3')).toBe(true);
  });

  it('lets go of the session that changed longest ago', () => {
    const history = new EventHistory(limits);
    history.append('a', event(1));
    history.append('b', event(2));
    history.append('a', event(3));
    history.append('c', event(4));
    expect(numbers(history, 'a')).toEqual([1, 3]);
    expect(numbers(history, 'b')).toEqual([]);
    expect(numbers(history, 'c')).toEqual([4]);
  });

  it('stays within its bytes whatever comes, also when one event alone is too large', () => {
    const history = new EventHistory(limits);
    history.append('a', event(1, 'x'.repeat(200)));
    history.append('b', event(2, 'x'.repeat(200)));
    history.append('b', event(3, 'x'.repeat(200)));
    expect(numbers(history, 'a')).toEqual([]);
    expect(numbers(history, 'b')).toEqual([2, 3]);
    history.append('c', event(4, 'x'.repeat(600)));
    expect([...numbers(history, 'b'), ...numbers(history, 'c')]).toEqual([]);
    history.append('d', event(5));
    expect(numbers(history, 'd')).toEqual([5]);
  });

  it('forgets a session, and its bytes with it', () => {
    const history = new EventHistory(limits);
    history.append('a', event(1, 'x'.repeat(400)));
    history.forget('a');
    history.append('b', event(2, 'x'.repeat(400)));
    expect(numbers(history, 'a')).toEqual([]);
    expect(numbers(history, 'b')).toEqual([2]);
  });
});
