import { defineTopology } from '../../transport/topology/index.js';
import type { RouteDeclaration, Topology } from '../../transport/topology/index.js';
import { feedbackCodec } from './codec/feedback.codec.js';
import { metadataCodec } from './codec/metadata.codec.js';
import type { RatingName } from './feedback.js';
import { NO_NOTIFICATION, type SessionsOptions } from './sessions.options.js';
import { FEEDBACK_PATTERNS, METADATA_UPDATE_PATTERN } from './sessions.patterns.js';

/**
 * The sessions' part of the topology: a topic a rating, and the metadata queue, which this
 * service both writes and reads. A topic by ARN or a queue by URL is somebody else's and only
 * used; `none` leaves out topic or queue and the route to it.
 */
export function sessionsTopology(options: SessionsOptions): Topology {
  const { good, bad, neutral } = options.feedbackTopics;
  const topics: Record<RatingName, string> = { positive: good, negative: bad, neutral };
  const ratings = (['positive', 'negative', 'neutral'] as const).filter(
    (rating) => topics[rating] !== NO_NOTIFICATION,
  );
  const queue = options.metadataQueueUrl;
  const metadata = queue === NO_NOTIFICATION ? [] : [queue];
  const patterns = [METADATA_UPDATE_PATTERN];

  return defineTopology({
    // One topic may serve several ratings.
    topics: [...new Set(ratings.map((rating) => topics[rating]))].map((name) => ({ name })),
    queues: metadata.map((name) => ({ name, patterns, codec: metadataCodec })),
    routes: [
      ...ratings.map((rating): RouteDeclaration => ({
        patterns: [FEEDBACK_PATTERNS[rating]],
        topic: topics[rating],
        codec: feedbackCodec,
      })),
      ...metadata.map((name): RouteDeclaration => ({
        patterns,
        queue: name,
        codec: metadataCodec,
      })),
    ],
  });
}
