import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CALM_REQUEST, Model } from './crashes/model.js';
import { planOf } from './crashes/plan.js';
import { run } from './crashes/run.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn', 'log']));

describe('services that crash at any step and are started again', () => {
  it('lose nothing, acknowledge nothing that was not handled, and answer every caller once', async () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const { faults } = await run(planOf(seed, 12));
      expect({ seed, faults }).toEqual({ seed, faults: [] });
    }
  });

  it('do the same under the same seed, step by step, however many ran before', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const first = await run(planOf(seed, 12), { keeps: 'history' });
      const again = await run(planOf(seed, 12), { keeps: 'history' });
      expect(first.history.length).toBeGreaterThan(100);
      expect({ seed, history: again.history }).toEqual({ seed, history: first.history });
    }
  });
});

/** What a model of two orders of one group says to this. */
function told(tell: (model: Model) => void): readonly string[] {
  const model = new Model(1, true, true);
  for (const order of [0, 1]) model.wrote(order);
  tell(model);
  return model.faults;
}

describe('the model of a simulation', () => {
  it('lets SQS dead-letter what was received by a process that crashed, or with an answer that was lost', () => {
    const faults = told((model) => {
      model.received(0, 1);
      model.crashed(1, []);
      model.received(1, 2);
      model.receiveLost(1);
      model.atTheEnd({ dead: [0, 1], left: 0 });
    });
    expect(faults).toEqual([]);
  });

  it('asks for no order in a group that a crash tore apart while one of its messages was refused', () => {
    const faults = told((model) => {
      model.crashed(1, [0]);
      model.ends(1);
      model.ends(0);
    });
    expect(faults).toEqual([]);
  });

  it.each<readonly [string, (model: Model) => void, string]>([
    ['a message that is acknowledged unhandled', (model) => model.deleted(0), 'acknowledged'],
    [
      'a group out of order',
      (model) => {
        model.ends(1);
        model.ends(0);
      },
      'handled after 1',
    ],
    [
      'work that is repeated though the store knew',
      (model) => {
        model.ends(0);
        model.committed(0);
        model.begins(0, 1, true);
      },
      'handled again',
    ],
    [
      'a caller who is told twice',
      (model) => {
        model.answered('a', 'value');
        model.answered('a', 'error');
      },
      'told twice',
    ],
    ['a caller who is never told', (model) => model.unanswered(['a']), 'never told'],
    ["another caller's answer", (model) => model.answered('a', 'wrong value'), "another's answer"],
    ['a message that begins after its lease', (model) => model.begins(0, 1, false), 'has lost'],
    [
      'two messages of a group that one process handles at once',
      (model) => {
        model.begins(0, 1, true);
        model.begins(1, 1, true);
      },
      'beside order 0',
    ],
    [
      'a copy for the dead-letter queue without a failure',
      (model) => model.copied(0),
      'no handler failed',
    ],
    [
      'a message that SQS dead-letters though its process could have handled it',
      (model) => {
        model.received(0, 1);
        model.atTheEnd({ dead: [0, 1], left: 0 });
      },
      'no handler was given it',
    ],
    [
      'work that is repeated though nothing goes wrong any more',
      (model) => {
        model.calms();
        model.wrote(2);
        model.begins(2, 1, true);
        model.leaves(2, 1);
        model.begins(2, 1, true);
      },
      'though nothing went wrong',
    ],
    [
      'a caller who is told of an error though nothing goes wrong any more',
      (model) => model.answered(`${CALM_REQUEST}1`, 'error'),
      'though nothing went wrong',
    ],
    [
      'work that is not done though nothing goes wrong any more',
      (model) => model.late(3),
      'not done',
    ],
    ['a message left invisible', (model) => model.stranded(0, 1), 'invisible'],
  ])('reports %s', (_what, tell, fault) => {
    expect(told(tell).join()).toContain(fault);
  });
});
