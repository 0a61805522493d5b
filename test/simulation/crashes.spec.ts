import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Model } from './crashes/model.js';
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

  it('do the same under the same seed, step by step', async () => {
    const first = await run(planOf(3, 12), { keeps: 'history' });
    const again = await run(planOf(3, 12), { keeps: 'history' });
    expect(first.history.length).toBeGreaterThan(100);
    expect(again.history).toEqual(first.history);
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
        model.begins(0, 1);
      },
      'handled again',
    ],
    [
      'a caller who is told twice',
      (model) => {
        model.answered('a', 'value');
        model.answered('a', 'error');
      },
      'told 2 times',
    ],
    ['a caller who is never told', (model) => model.unanswered(['a']), 'never told'],
    ["another caller's answer", (model) => model.answered('a', 'wrong value'), "another's answer"],
    ['a message left invisible', (model) => model.stranded(0, 1), 'invisible'],
  ])('reports %s', (_what, tell, fault) => {
    expect(told(tell).join()).toContain(fault);
  });
});
