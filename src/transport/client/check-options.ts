import { wholeNumberFaults } from '../../common/whole-numbers.js';
import { refuseFaults, unknownOptionFaults } from '../option-faults.js';
import {
  refuseMissing,
  SHARED_HINTS,
  SHARED_OPTIONS,
  sharedOptionFaults,
} from '../shared-options.js';
import { REPLY_QUEUE_PREFIX } from '../sns-sqs.constants.js';
import type { SnsSqsClientOptions, SnsSqsOptions } from '../sns-sqs.options.js';
import { lastPart } from '../../common/resource-names.js';
import { unsetOptionFaults } from '../unset-options.js';

/** What only the client takes. */
export const CLIENT_OPTIONS: Readonly<
  Record<Exclude<keyof SnsSqsClientOptions, keyof SnsSqsOptions>, true>
> = {
  requestTimeoutMs: true,
  replyQueue: true,
  lingerMs: true,
  maxWaitingMessages: true,
  maxWaitingBytes: true,
  closeTimeoutMs: true,
  delays: true,
};

const CODECS = 'bodies are written and read by codecs, see `codec` of a route and of a queue';

/** Options of Nest's own clients. */
const HINTS: Readonly<Record<string, string>> = {
  ...SHARED_HINTS,
  serializer: CODECS,
  deserializer: CODECS,
  headers: 'attributes are given with a record, `record(data).withAttributes({ … })`',
};

const MAX_MS = 12 * 3600_000;
const MAX_MESSAGES = 10_000_000;

/** @throws {InvalidOptionsError} naming every option that is unknown or out of its range. */
export function checkClientOptions(options: SnsSqsClientOptions): void {
  refuseMissing('SnsSqsClient', options);
  const { replyQueue, replyQueuePrefix = REPLY_QUEUE_PREFIX } = options;
  const faults = [
    ...unknownOptionFaults(options, { ...SHARED_OPTIONS, ...CLIENT_OPTIONS }, HINTS),
    ...unsetOptionFaults(options),
    ...sharedOptionFaults(options),
    ...wholeNumberFaults('requestTimeoutMs', options.requestTimeoutMs, 1, MAX_MS),
    ...wholeNumberFaults('lingerMs', options.lingerMs, 0, MAX_MS),
    ...wholeNumberFaults('closeTimeoutMs', options.closeTimeoutMs, 0, MAX_MS),
    ...wholeNumberFaults('maxWaitingMessages', options.maxWaitingMessages, 1, MAX_MESSAGES),
    ...wholeNumberFaults('maxWaitingBytes', options.maxWaitingBytes, 1, Number.MAX_SAFE_INTEGER),
    ...(/^[\w-]{1,60}$/.test(replyQueuePrefix)
      ? []
      : [`replyQueuePrefix is "${replyQueuePrefix}", must have 1 to 60 letters, digits, - and _`]),
    ...(replyQueue === undefined || lastPart(replyQueue).startsWith(replyQueuePrefix)
      ? []
      : [
          `replyQueue is "${replyQueue}", whose name must begin with the replyQueuePrefix "${replyQueuePrefix}": servers answer to no other queue`,
        ]),
  ];
  refuseFaults('SnsSqsClient', faults);
}
