import { defineTopology } from '../../transport/topology/index.js';
import type { RouteDeclaration, Topology } from '../../transport/topology/index.js';
import { feedbackCodec, metadataCodec } from './codec/described.codecs.js';
import type { RatingName } from './feedback/feedback.js';
import { NO_NOTIFICATION, type SessionsOptions } from './sessions.options.js';
import {
  FEEDBACK_PATTERNS,
  LIVE_UPDATE_PATTERN,
  METADATA_UPDATE_PATTERN,
} from './sessions.patterns.js';

/** The broadcast queue of the topic; each instance has its own. */
export const liveQueue = (liveTopic: string): string => `${liveTopic}-queue`;

type Destinations = Pick<SessionsOptions, 'feedbackTopics' | 'metadataQueueUrl' | 'liveTopic'>;

/**
 * The sessions' part of the topology: a topic for each rating; the metadata queue, which belongs to its consumers and
 * is never received from here; and a broadcast by which the instances of the service pass changes for browsers to each
 * other. A topic by ARN or a queue by URL belongs to another owner and is only used; `none` leaves out the topic or
 * queue and its route.
 */
export function sessionsTopology(options: Destinations): Topology {
  const { good, bad, neutral } = options.feedbackTopics;
  const topics: Record<RatingName, string> = { positive: good, negative: bad, neutral };
  const ratings = (['positive', 'negative', 'neutral'] as const).filter(
    (rating) => topics[rating] !== NO_NOTIFICATION,
  );
  const metadata = options.metadataQueueUrl === NO_NOTIFICATION ? [] : [options.metadataQueueUrl];
  const live = options.liveTopic;

  return defineTopology({
    // One topic may serve several ratings.
    topics: [...new Set(ratings.map((rating) => topics[rating])), live].map((name) => ({ name })),
    queues: [
      ...metadata.map((name) => ({ name, patterns: [] })),
      {
        name: liveQueue(live),
        patterns: [LIVE_UPDATE_PATTERN],
        from: [{ topic: live }],
        broadcast: true,
      },
    ],
    routes: [
      ...ratings.map((rating): RouteDeclaration => ({
        patterns: [FEEDBACK_PATTERNS[rating]],
        topic: topics[rating],
        codec: feedbackCodec,
      })),
      ...metadata.map((name): RouteDeclaration => ({
        patterns: [METADATA_UPDATE_PATTERN],
        queue: name,
        codec: metadataCodec,
      })),
      { patterns: [LIVE_UPDATE_PATTERN], topic: live },
    ],
  });
}
