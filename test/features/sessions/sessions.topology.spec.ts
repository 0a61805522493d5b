import { describe, expect, it } from '@jest/globals';
import { feedbackCodec } from '../../../src/features/sessions/codec/feedback.codec.js';
import { metadataCodec } from '../../../src/features/sessions/codec/metadata.codec.js';
import { sessionsTopology } from '../../../src/features/sessions/sessions.topology.js';

const ARN = 'arn:aws:sns:eu-west-1:123456789012:feedback';
const URL = 'https://sqs.eu-west-1.amazonaws.com/123456789012/metadata-updates';

describe('sessionsTopology', () => {
  it('declares topics and queues that are named, and receives from the broadcast alone', () => {
    const topology = sessionsTopology({
      feedbackTopics: { good: 'feedback-good', bad: 'feedback-bad', neutral: 'feedback-neutral' },
      metadataQueueUrl: 'metadata-updates',
      liveTopic: 'live',
    });
    expect(topology.topics.map(({ name }) => name)).toEqual([
      'feedback-good',
      'feedback-bad',
      'feedback-neutral',
      'live',
    ]);
    const live = ['session.live_update'];
    const patterns = ['session.metadata_update'];
    expect(topology.queues).toEqual([
      { name: 'metadata-updates', patterns: [] },
      { name: 'live-queue', patterns: live, from: [{ topic: 'live' }], broadcast: true },
    ]);
    expect(topology.routes).toEqual([
      { patterns: ['session.feedback.positive'], topic: 'feedback-good', codec: feedbackCodec },
      { patterns: ['session.feedback.negative'], topic: 'feedback-bad', codec: feedbackCodec },
      { patterns: ['session.feedback.neutral'], topic: 'feedback-neutral', codec: feedbackCodec },
      { patterns, queue: 'metadata-updates', codec: metadataCodec },
      { patterns: live, topic: 'live' },
    ]);
  });

  it('takes ARNs and URLs of others, and one topic for several ratings', () => {
    const topology = sessionsTopology({
      feedbackTopics: { good: ARN, bad: `${ARN}-bad`, neutral: ARN },
      metadataQueueUrl: URL,
      liveTopic: 'live',
    });
    expect(topology.topics).toEqual([{ name: ARN }, { name: `${ARN}-bad` }, { name: 'live' }]);
    expect(topology.queues.map(({ name }) => name)).toEqual([URL, 'live-queue']);
  });

  it('leaves out topics and queues that are set to none', () => {
    const topology = sessionsTopology({
      feedbackTopics: { good: 'none', bad: 'feedback-bad', neutral: 'none' },
      metadataQueueUrl: 'none',
      liveTopic: 'live',
    });
    expect(topology.topics).toEqual([{ name: 'feedback-bad' }, { name: 'live' }]);
    expect(topology.queues.map(({ name }) => name)).toEqual(['live-queue']);
    expect(topology.routes.map(({ patterns }) => patterns)).toEqual([
      ['session.feedback.negative'],
      ['session.live_update'],
    ]);
  });
});
