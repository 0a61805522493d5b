import { describe, expect, it } from '@jest/globals';
import { appTopology, consumedQueues } from '../../src/app/app.topology.js';
import { loadSettings, type Settings } from '../../src/platform/config/index.js';

const settingsOf = (env: Record<string, string> = {}): Settings => loadSettings(env);
const consumed = (env: Record<string, string> = {}): string[] => {
  const settings = settingsOf(env);
  return consumedQueues(settings, appTopology(settings));
};

describe('The topology of the service', () => {
  it('has the topics and queues of the contract under its prefix', () => {
    const { topics, queues } = appTopology(settingsOf({ WEFT_TOPIC_PREFIX: 'acme-' }));
    expect(topics.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'acme-storage-commands',
        'acme-registry-commands',
        'acme-results',
        'acme-events',
      ]),
    );
    expect(queues.map(({ name, visibilityTimeoutS }) => [name, visibilityTimeoutS])).toEqual(
      expect.arrayContaining([
        ['acme-storage-queue', 300],
        ['acme-results-queue', 60],
      ]),
    );
  });

  it('is consumed as WEFT_CONSUME says', () => {
    expect(consumed()).toEqual(
      expect.arrayContaining([
        'pudato-storage-queue',
        'pudato-results-queue',
        'weft-session-metadata',
      ]),
    );
    expect(consumed({ WEFT_CONSUME: 'none' })).toEqual([]);
    expect(consumed({ WEFT_CONSUME: 'results,sessions' })).toEqual([
      'pudato-results-queue',
      'weft-session-metadata',
    ]);
    expect(() => consumed({ WEFT_CONSUME: 'storage,x,y' })).toThrow(
      /x, y\. Choose among storage, registry, results, sessions/,
    );
  });
});
