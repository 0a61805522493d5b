import { describe, expect, it } from '@jest/globals';
import { feedbackCodec } from '../../../src/features/sessions/codec/feedback.codec.js';
import { metadataCodec } from '../../../src/features/sessions/codec/metadata.codec.js';
import { sessionsTopology } from '../../../src/features/sessions/sessions.topology.js';

const ARN = 'arn:aws:sns:eu-west-1:123456789012:feedback';
const URL = 'https://sqs.eu-west-1.amazonaws.com/123456789012/metadata-updates';

describe('sessionsTopology', () => {
  it('declares topics and the queue that are named, and routes each message to its own', () => {
    const topology = sessionsTopology({
      feedbackTopics: { good: 'feedback-good', bad: 'feedback-bad', neutral: 'feedback-neutral' },
      metadataQueueUrl: 'metadata-updates',
      metadataFields: [],
    });
    expect(topology.topics.map(({ name }) => name)).toEqual([
      'feedback-good',
      'feedback-bad',
      'feedback-neutral',
    ]);
    const patterns = ['session.metadata_update'];
    expect(topology.queues).toEqual([{ name: 'metadata-updates', patterns, codec: metadataCodec }]);
    expect(topology.routes).toEqual([
      { patterns: ['session.feedback.positive'], topic: 'feedback-good', codec: feedbackCodec },
      { patterns: ['session.feedback.negative'], topic: 'feedback-bad', codec: feedbackCodec },
      { patterns: ['session.feedback.neutral'], topic: 'feedback-neutral', codec: feedbackCodec },
      { patterns, queue: 'metadata-updates', codec: metadataCodec },
    ]);
  });

  it('takes ARNs and URLs of others, and one topic for several ratings', () => {
    const topology = sessionsTopology({
      feedbackTopics: { good: ARN, bad: `${ARN}-bad`, neutral: ARN },
      metadataQueueUrl: URL,
      metadataFields: [],
    });
    expect(topology.topics).toEqual([{ name: ARN }, { name: `${ARN}-bad` }]);
    expect(topology.queues.map(({ name }) => name)).toEqual([URL]);
  });

  it('leaves out what is none', () => {
    const topology = sessionsTopology({
      feedbackTopics: { good: 'none', bad: 'feedback-bad', neutral: 'none' },
      metadataQueueUrl: 'none',
      metadataFields: [],
    });
    expect(topology.topics).toEqual([{ name: 'feedback-bad' }]);
    expect(topology.queues).toEqual([]);
    expect(topology.routes.map(({ patterns }) => patterns)).toEqual([
      ['session.feedback.negative'],
    ]);
  });
});
