import {
  areMetadataFields,
  defineSettings,
  isQueue,
  isTopic,
  listOf,
  Setting,
  wholeNumber,
} from '../../platform/config/index.js';
import { NO_NOTIFICATION, type SessionExpiry, type SessionsOptions } from './sessions.options.js';

const A_TOPIC = 'the ARN or the name of an SNS topic, or none';

const A_TIME = wholeNumber(1, 36_500, 'days');
const DAY_MS = 24 * 3600 * 1000;
const DEFAULT_QUEUE_DEPTH_WARNING = 1000;

class SessionsEnvironment {
  @Setting({
    meaning: 'The SNS topic of feedback "up"; "none" sends nothing.',
    default: 'weft-feedback-good when embedded, else none',
    accepts: A_TOPIC,
    check: isTopic,
  })
  readonly SNS_TOPIC_FEEDBACK_GOOD?: string;

  @Setting({
    meaning: 'The SNS topic of feedback "down"; "none" sends nothing.',
    default: 'weft-feedback-bad when embedded, else none',
    accepts: A_TOPIC,
    check: isTopic,
  })
  readonly SNS_TOPIC_FEEDBACK_BAD?: string;

  @Setting({
    meaning: 'The SNS topic of feedback without a rating; "none" sends nothing.',
    default: 'weft-feedback-neutral when embedded, else none',
    accepts: A_TOPIC,
    check: isTopic,
  })
  readonly SNS_TOPIC_FEEDBACK_NEUTRAL?: string;

  @Setting({
    meaning: 'The SQS queue of changed session metadata; "none" sends nothing.',
    default: 'weft-session-metadata when embedded, else none',
    accepts: 'the URL, the ARN or the name of an SQS queue, or none',
    check: isQueue,
  })
  readonly SQS_METADATA_QUEUE_URL?: string;

  @Setting({
    meaning: 'The metadata fields that are sent, separated by commas.',
    default: 'every field',
    accepts: 'comma-separated names of at most 256 characters each',
    check: areMetadataFields,
  })
  readonly METADATA_FIELDS?: string;

  @Setting({
    meaning: 'Messages waiting in the metadata queue from which on a warning is logged.',
    default: '1000',
    ...wholeNumber(1, 999_999_999),
  })
  readonly QUEUE_DEPTH_WARNING?: string;

  @Setting({
    meaning: 'Days after its creation until a session is deleted.',
    default: 'never',
    ...A_TIME,
  })
  readonly SESSION_TTL_DAYS?: string;

  @Setting({
    meaning: 'Days after its last change until a session is deleted.',
    default: 'never',
    ...A_TIME,
  })
  readonly SESSION_IDLE_TTL_DAYS?: string;
}

/** The settings of sessions: destinations and contents of notifications. */
export const sessionsSettings = defineSettings({
  title: 'Sessions',
  environment: SessionsEnvironment,
  read(written, { stack, messaging }): SessionsOptions {
    // On AWS the operator must decide where notifications go.
    const whenEmbedded = (name: string): string => (stack === 'embedded' ? name : NO_NOTIFICATION);
    return {
      feedbackTopics: {
        good: written.SNS_TOPIC_FEEDBACK_GOOD ?? whenEmbedded('weft-feedback-good'),
        bad: written.SNS_TOPIC_FEEDBACK_BAD ?? whenEmbedded('weft-feedback-bad'),
        neutral: written.SNS_TOPIC_FEEDBACK_NEUTRAL ?? whenEmbedded('weft-feedback-neutral'),
      },
      metadataQueueUrl: written.SQS_METADATA_QUEUE_URL ?? whenEmbedded('weft-session-metadata'),
      metadataFields: listOf(written.METADATA_FIELDS),
      liveTopic: `${messaging.topicPrefix}session-updates`,
      queueDepthWarning: Number(written.QUEUE_DEPTH_WARNING ?? DEFAULT_QUEUE_DEPTH_WARNING),
      expiry: {
        ...days('ttlMs', written.SESSION_TTL_DAYS),
        ...days('idleTtlMs', written.SESSION_IDLE_TTL_DAYS),
      },
    };
  },
});

function days(name: keyof SessionExpiry, written: string | undefined): SessionExpiry {
  return written === undefined ? {} : { [name]: Number(written) * DAY_MS };
}
