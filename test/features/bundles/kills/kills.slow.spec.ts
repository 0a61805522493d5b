import { describe, expect, it } from '@jest/globals';
import { startTestBroker } from '../../../../src/testing/index.js';
import { runKills } from './kills.scenario.js';

const TEST_TIMEOUT_MS = 900_000;

describe('a bundler that is killed ten times', () => {
  it(
    'accounts for every object: in exactly one bundle with equal bytes, or with the reason in a manifest or the dead-letter queue',
    async () => {
      const broker = await startTestBroker({ embedded: true });
      try {
        const { bundles, ...wrong } = await runKills({
          aws: broker.clientOptions(),
          name: 'embedded',
          objects: 5000,
          timeoutMs: TEST_TIMEOUT_MS,
        });
        expect(wrong).toEqual({ wrong: [], strange: [], unexplained: [], lost: [] });
        expect(bundles).toBeGreaterThan(10);
      } finally {
        await broker.stop();
      }
    },
    TEST_TIMEOUT_MS,
  );
});
