import { describe, expect, it } from '@jest/globals';
import { appTopology, consumedQueues } from '../../src/app/app.topology.js';
import { FEATURES } from '../../src/app/features.js';
import { loadServiceSettings, SETTING_DESCRIPTIONS } from '../../src/app/service-settings.js';
import type { Settings } from '../../src/platform/config/index.js';

const settingsOf = (env: Record<string, string> = {}): Settings => loadServiceSettings(env);
const consumed = (env: Record<string, string> = {}): string[] => {
  const settings = settingsOf(env);
  return consumedQueues(settings);
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
        'pudato-session-updates-queue',
      ]),
    );
    expect(consumed({ WEFT_CONSUME: 'none' })).toEqual([]);
    expect(consumed({ WEFT_CONSUME: 'results,sessions' })).toEqual([
      'pudato-results-queue',
      'pudato-session-updates-queue',
    ]);
  });

  it('is not consumed by roles that do not exist', () => {
    expect(() => consumed({ WEFT_CONSUME: 'storage,x,y' })).toThrow(
      /do not exist: x, y\. Choose among storage, registry, results, sessions/,
    );
  });

  it('dead-letters after the receives of WEFT_MAX_RECEIVE_COUNT, but on the queues of others', () => {
    const url = 'https://sqs.eu-central-1.amazonaws.com/123456789012/metadata';
    const { queues } = appTopology(
      settingsOf({ WEFT_MAX_RECEIVE_COUNT: '3', SQS_METADATA_QUEUE_URL: url }),
    );
    const counts = queues.map(({ name, deadLetter }) => [
      name,
      deadLetter ? deadLetter.maxReceiveCount : deadLetter,
    ]);
    expect(counts).toContainEqual(['pudato-storage-queue', 3]);
    expect(counts).toContainEqual([url, undefined]);
  });

  it('has every queue that a role names, and each role once', () => {
    const settings = settingsOf();
    const declared = appTopology(settings).queues.map(({ name }) => name);
    const roles = FEATURES.flatMap((feature) => Object.entries(feature.roles ?? {}));
    expect(declared).toEqual(
      expect.arrayContaining(roles.flatMap(([, queues]) => queues(settings))),
    );
    const names = roles.map(([role]) => role);
    expect(names).toEqual([...new Set(names)]);
  });

  it('has settings of which each is declared once', () => {
    const variables = SETTING_DESCRIPTIONS.map(({ variable }) => variable);
    expect(variables).toEqual([...new Set(variables)]);
  });
});
