import { isJsonObject } from '../common/objects.js';

/** The parts of an SDK error that say what kind it is. */
interface ErrorFacts {
  readonly name: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly fault: string | undefined;
  readonly throttled: boolean;
  /** Whether a service said it, rather than this process or the network. */
  readonly fromService: boolean;
}

/** Causes are followed this far, so that a circle of causes ends. */
const MAX_CAUSES = 5;

const THROTTLING = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'KmsThrottled',
  'KMSThrottlingException',
  'LimitExceededException',
  'OverLimit',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

/**
 * Whether a code of one entry of a batch says that it was throttled; services may put their own name before it.
 *
 * @example
 * const throttled = Failed.filter(({ Code }) => isThrottlingCode(Code ?? ''));
 */
export const isThrottlingCode = (code: string): boolean =>
  [...THROTTLING].some((known) => code === known || code.endsWith(`.${known}`));

const CONNECTION_LOSS = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

const SERVER_FAULTS = new Set([
  'InternalError',
  'InternalErrorException',
  'InternalFailure',
  'InternalServerError',
  'ServiceUnavailable',
  'ServiceUnavailableException',
]);

const NOT_FOUND = new Set([
  'AWS.SimpleQueueService.NonExistentQueue',
  'NoSuchBucket',
  'NoSuchKey',
  'NoSuchUpload',
  'NoSuchVersion',
  'NotFound',
  'NotFoundException',
  'QueueDoesNotExist',
  'ResourceNotFoundException',
]);

const ACCESS_DENIED = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'AuthorizationErrorException',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'MissingAuthenticationToken',
  'NotAuthorized',
  'OptInRequired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

const SERVER_STATUSES = new Set([500, 502, 503, 504]);

/**
 * AWS asks for fewer calls. Doing the same again later succeeds. Causes of the error are looked at as well, here and below.
 *
 * @example
 * if (isThrottling(error)) await pauseFor(1000);
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function isThrottling(error: unknown): boolean {
  return anyOf(error, isThrottled);
}

/**
 * The connection could not be made, broke, or took too long. Whether AWS did the work is not known.
 *
 * @example
 * if (isConnectionLoss(error)) await sendAgainWithTheSameId(message);
 */
export function isConnectionLoss(error: unknown): boolean {
  return anyOf(
    error,
    ({ code, name, fromService }) =>
      (code !== undefined && CONNECTION_LOSS.has(code)) || (name === 'TimeoutError' && fromService),
  );
}

/**
 * AWS failed, not the caller.
 *
 * @example
 * if (isServerFault(error)) throw new RetryableError('SQS is unwell', { cause: error });
 */
export function isServerFault(error: unknown): boolean {
  return anyOf(
    error,
    ({ name, status, fault, fromService }) =>
      fromService &&
      (fault === 'server' ||
        SERVER_FAULTS.has(name) ||
        (status !== undefined && SERVER_STATUSES.has(status))),
  );
}

/**
 * The queue, topic, bucket, object or table is not there.
 *
 * @example
 * if (isNotFound(error)) return undefined;
 */
export function isNotFound(error: unknown): boolean {
  return anyOf(
    error,
    ({ name, status, fromService }) => fromService && (status === 404 || NOT_FOUND.has(name)),
  );
}

/**
 * The caller may not do this, or AWS does not know who it is.
 *
 * @example
 * if (isAccessDenied(error)) throw new Error('The role lacks s3:GetObject', { cause: error });
 */
export function isAccessDenied(error: unknown): boolean {
  return anyOf(error, (facts) => {
    // SQS answers 403 to a throttled query, too.
    if (isThrottled(facts)) return false;
    const { name, status, fromService } = facts;
    return ACCESS_DENIED.has(name) || (fromService && (status === 401 || status === 403));
  });
}

/**
 * The key that encrypts the queue or object is disabled, gone or forbidden; throttling is not meant.
 *
 * @example
 * if (isKmsFault(error)) logger.error('The key of the bucket cannot be used');
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 */
export function isKmsFault(error: unknown): boolean {
  return anyOf(
    error,
    (facts) => facts.fromService && /^kms/i.test(facts.name) && !isThrottled(facts),
  );
}

/**
 * Doing the same again may succeed: throttled, connection lost, or a fault of AWS itself.
 *
 * @example
 * if (isTransient(error)) throw new RetryableError('The bucket is out of reach', { cause: error });
 */
export function isTransient(error: unknown): boolean {
  return isThrottling(error) || isConnectionLoss(error) || isServerFault(error);
}

function isThrottled({ name, status, throttled, fromService }: ErrorFacts): boolean {
  return fromService && (throttled || status === 429 || THROTTLING.has(name));
}

function anyOf(error: unknown, test: (facts: ErrorFacts) => boolean): boolean {
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && isJsonObject(current); depth++) {
    if (test(factsOf(current))) return true;
    current = current['cause'];
  }
  return false;
}

function factsOf(error: Readonly<Record<string, unknown>>): ErrorFacts {
  const metadata = isJsonObject(error['$metadata']) ? error['$metadata'] : undefined;
  const retryable = isJsonObject(error['$retryable']) ? error['$retryable'] : undefined;
  const status = metadata?.['httpStatusCode'];
  return {
    name: text(error['name']) ?? '',
    code: text(error['code']),
    status: typeof status === 'number' ? status : undefined,
    fault: text(error['$fault']),
    throttled: retryable?.['throttling'] === true,
    fromService: metadata !== undefined || '$fault' in error,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
