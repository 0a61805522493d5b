import type { HttpResponse, MetadataBearer, MiddlewareStack } from '@smithy/types';
import { isObject } from '../common/objects.js';
import { isTransient } from './errors.js';

/** Whose answers are what somebody has stored: pages as well. */
const STORED = new Set(['GetObjectCommand', 'HeadObjectCommand']);

/**
 * AWS answered 200 with something that it does not answer: a page of a proxy, half a document. Whether the call had an effect is
 * not known. It is a fault of the service by its kind: `isTransient` holds, and the SDK tries again.
 */
export class UnreadableAnswerError extends Error {
  override readonly name = 'UnreadableAnswerError';
  readonly $fault = 'server';
  readonly $retryable = {};
  readonly $metadata: MetadataBearer['$metadata'];

  constructor(service: string, reason: string, statusCode: number | undefined, cause?: unknown) {
    super(
      `The answer of ${service} cannot be read: ${reason}. Check the proxies between this process and AWS`,
      { cause },
    );
    this.$metadata = { ...(statusCode !== undefined && { httpStatusCode: statusCode }) };
  }
}

/** Whether it is of this kind, whichever copy of this module it is from. */
export const isUnreadableAnswer = (error: unknown): error is UnreadableAnswerError =>
  error instanceof Error && error.name === 'UnreadableAnswerError';

/** Has a client refuse what AWS does not answer, in all its calls. */
export function refuseUnreadableAnswers<In extends object, Out extends MetadataBearer>({
  middlewareStack,
}: {
  readonly middlewareStack: MiddlewareStack<In, Out>;
}): void {
  middlewareStack.add(
    (next, { clientName = '', commandName = '' }) =>
      async (args) => {
        const service = clientName.replace(/Client$/, '');
        let result: Awaited<ReturnType<typeof next>>;
        try {
          result = await next(args);
        } catch (error) {
          if (!isUnreadable(error)) throw error;
          throw new UnreadableAnswerError(
            service,
            reasonOf(error),
            statusOf(error.$response),
            error,
          );
        }
        // XML and no body at all are read from a page as well, as if nothing had been said.
        if (!STORED.has(commandName) && isPage(result.response)) {
          throw new UnreadableAnswerError(service, 'it is a page', statusOf(result.response));
        }
        return result;
      },
    { step: 'deserialize', name: 'weftRefuseUnreadableAnswers', priority: 'high' },
  );
}

type Unreadable = Error & { readonly $response?: unknown };

/** The SDK attaches an answer that it cannot parse; what AWS itself says has a fault as well, and a body that broke off was lost on its way. */
const isUnreadable = (error: unknown): error is Unreadable =>
  error instanceof Error && '$response' in error && !('$fault' in error) && !isTransient(error);

/** Its first line: the SDK adds advice of its own. */
const reasonOf = ({ message }: Error): string => message.split('\n', 1)[0] ?? '';

const isResponse = (response: unknown): response is HttpResponse =>
  isObject(response) && 'headers' in response;

const statusOf = (response: unknown): number | undefined =>
  isResponse(response) ? response.statusCode : undefined;

/** As S3, SQS and the others call it. Names of headers are lower case here: Node's and undici's parsers see to that. */
const REQUEST_IDS = ['x-amzn-requestid', 'x-amz-request-id', 'x-amzn-request-id'];

/** AWS names each request. Emulators do so too, and some call their XML text/html. */
const isPage = (response: unknown): boolean =>
  isResponse(response) &&
  /^text\/html\b/i.test(response.headers['content-type'] ?? '') &&
  !REQUEST_IDS.some((name) => name in response.headers);
