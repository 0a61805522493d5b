import { describe, expect, it } from '@jest/globals';
import { sessionsSettings, type SessionsOptions } from '../../../src/features/sessions/index.js';
import { ConfigurationError, loadSettings } from '../../../src/platform/config/index.js';

const AWS = { WEFT_STACK: 'aws', AWS_REGION: 'eu-central-1', MONGODB_URI: 'mongodb://db/weft' };
const settingsOf = (env: NodeJS.ProcessEnv): SessionsOptions =>
  sessionsSettings.of(loadSettings(env, { sections: [sessionsSettings] }));

function faulty(env: NodeJS.ProcessEnv): string[] {
  try {
    settingsOf(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map((fault) => fault.variable);
    throw error;
  }
  return [];
}

describe('the settings of sessions', () => {
  it('name topics and a queue of the embedded stack where nothing is set', () => {
    expect(settingsOf({})).toEqual({
      feedbackTopics: {
        good: 'weft-feedback-good',
        bad: 'weft-feedback-bad',
        neutral: 'weft-feedback-neutral',
      },
      metadataQueueUrl: 'weft-session-metadata',
      metadataFields: [],
      liveTopic: 'pudato-session-updates',
      queueDepthWarning: 1000,
      expiry: {},
    });
  });

  it('send no notification on AWS unless told where', () => {
    expect(settingsOf(AWS)).toEqual({
      feedbackTopics: { good: 'none', bad: 'none', neutral: 'none' },
      metadataQueueUrl: 'none',
      metadataFields: [],
      liveTopic: 'pudato-session-updates',
      queueDepthWarning: 1000,
      expiry: {},
    });
  });

  it('are read from the variables of the contract', () => {
    const good = 'arn:aws:sns:eu-central-1:123456789012:good';
    const queue = 'https://sqs.eu-central-1.amazonaws.com/123456789012/metadata.fifo';
    expect(
      settingsOf({
        ...AWS,
        SNS_TOPIC_FEEDBACK_GOOD: good,
        SNS_TOPIC_FEEDBACK_BAD: 'none',
        SNS_TOPIC_FEEDBACK_NEUTRAL: 'neutral',
        SQS_METADATA_QUEUE_URL: queue,
        METADATA_FIELDS: 'priority,team, priority',
        WEFT_TOPIC_PREFIX: 'own-',
        QUEUE_DEPTH_WARNING: '5',
        SESSION_TTL_DAYS: '30',
        SESSION_IDLE_TTL_DAYS: '1',
      }),
    ).toEqual({
      feedbackTopics: { good, bad: 'none', neutral: 'neutral' },
      metadataQueueUrl: queue,
      metadataFields: ['priority', 'team'],
      liveTopic: 'own-session-updates',
      queueDepthWarning: 5,
      expiry: { ttlMs: 30 * 86_400_000, idleTtlMs: 86_400_000 },
    });
  });

  it.each<[string, string[]]>([
    [
      'SNS_TOPIC_FEEDBACK_GOOD',
      ['arn:aws:sqs:eu-central-1:123456789012:q', 'a b', 'arn:aws:sns:x'],
    ],
    ['SQS_METADATA_QUEUE_URL', ['https://a/', 'arn:aws:sns:eu-central-1:123456789012:t', 'a b']],
    ['QUEUE_DEPTH_WARNING', ['0', '-1', '1.5', 'many']],
    ['SESSION_TTL_DAYS', ['0', '36501', 'never']],
    ['SESSION_IDLE_TTL_DAYS', ['0', '0.5']],
    [
      'METADATA_FIELDS',
      ['a'.repeat(257), 'a\nb', Array.from({ length: 1001 }, (_, n) => n).join(',')],
    ],
  ])('refuse bad values of %s', (variable, values) => {
    for (const value of values) {
      expect([value, faulty({ ...AWS, [variable]: value })]).toEqual([value, [variable]]);
    }
  });
});
