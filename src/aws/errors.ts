import { isJsonObject } from '../common/objects.js';

/** The parts of an SDK error that determine its kind. */
interface ErrorFacts {
  readonly name: string;
  readonly code: string | undefined;
  readonly status: number | undefined;
  readonly fault: string | undefined;
  readonly throttled: boolean;
  /** Whether the error comes from a service, not from this process or the network. */
  readonly fromService: boolean;
}

/** Maximum number of causes to follow, because they may form a cycle. */
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
 * Whether the code of a batch entry means throttling; services may prefix it with their name.
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
 * Whether AWS throttled the call, so that a later retry succeeds. This and the functions below also consider the
 * error's causes.
 *
 * @example
 * if (isThrottling(error)) await pauseFor(1000);
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function isThrottling(error: unknown): boolean {
  return anyOf(error, isThrottled);
}

/**
 * Whether the connection failed, broke or timed out. It is unknown whether AWS did the work.
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
 * Whether AWS is at fault, not the caller.
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
 * Whether a queue, topic, bucket, object or table does not exist.
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
 * Whether the caller lacks permission, or AWS does not know its credentials.
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
 * Whether the key that encrypts a queue or object is disabled, deleted or forbidden; throttling does not count.
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
 * Whether a retry may succeed: throttling, a lost connection, or a fault of AWS itself.
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
