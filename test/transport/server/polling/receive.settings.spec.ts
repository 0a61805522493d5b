import { expect, it } from '@jest/globals';
import { receiveSettings } from '../../../../src/transport/server/polling/receive.settings.js';

it.each([
  ['as AWS and Weft have it', 30, {}, 30, 20],
  ['a queue that is set to nothing', 0, {}, 30, 20],
  ['a short visibility timeout', 5, {}, 5, 3],
  ['the shortest visibility timeout', 1, {}, 2, 1],
  ['a shorter lease than the queue has', 300, { leaseS: 60 }, 60, 20],
  ['a lease is never longer than the queue has it', 30, { leaseS: 60 }, 30, 20],
  ['little time to close', 30, { drainTimeoutMs: 5000 }, 30, 4],
  ['no time to close', 30, { drainTimeoutMs: 0 }, 30, 1],
  ['no long polls', 30, { waitTimeS: 0 }, 30, 0],
] as const)(
  'a receive asks for its lease, and a poll ends well within it and within the time to close: %s',
  (_what, visibilityTimeoutS, options, lease, wait) => {
    expect(receiveSettings({ visibilityTimeoutS }, options)).toEqual({
      visibilityTimeoutS: lease,
      waitTimeS: wait,
    });
  },
);
