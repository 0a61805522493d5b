import type { HttpResponse, MetadataBearer, MiddlewareStack } from '@smithy/types';
import { isObject } from '../common/objects.js';
import { bodyOf, faultOfBody } from './answer.body.js';
import { faultOfFields } from './answer.fields.js';
import { isTransient } from './errors.js';

/** Commands whose answers are stored objects, which may be HTML pages. */
const STORED = new Set(['GetObjectCommand', 'HeadObjectCommand']);

/**
 * AWS answered 200 with something that it does not answer: a page of a proxy, nothing at all, half a document. Whether the call had an effect is
 * not known. It is a fault of the service by its kind: `isTransient` holds, and the SDK tries again.
 */
class UnreadableAnswerError extends Error {
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

/** Whether an error is of this kind, from any copy of this module. */
export const isUnreadableAnswer = (error: unknown): error is UnreadableAnswerError =>
  error instanceof Error && error.name === 'UnreadableAnswerError';

/** Makes a client refuse answers that are not from AWS. */
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
        const { request, input } = args;
        const answer = { service, command: commandName, request, input };
        const fault = faultOf(answer, result.response, result.output ?? {});
        if (fault !== undefined)
          throw new UnreadableAnswerError(service, fault, statusOf(result.response));
        return result;
      },
    { step: 'deserialize', name: 'weftRefuseUnreadableAnswers', priority: 'high' },
  );
}

/** What an answer is to. */
interface Asked {
  readonly service: string;
  readonly command: string;
  readonly request: unknown;
  readonly input: object;
}

/** To the SDK a page, null and nothing are all the same as an object without fields. */
function faultOf(
  { service, command, request, input }: Asked,
  response: unknown,
  output: object,
): string | undefined {
  if (isResponse(response) && !STORED.has(command)) {
    if (isPage(response)) return 'it is a page';
    const body = bodyOf(response);
    const fault = body && faultOfBody(body, { service, command });
    if (fault !== undefined) return fault;
    if (body?.length === 0 && isOfAws(request) && !isNamed(response))
      return 'it names no request, and its body is empty';
  }
  return faultOfFields(command, input, output);
}

type Unreadable = Error & { readonly $response?: unknown };

/**
 * The SDK attaches an answer that it cannot parse to its error. An error of AWS itself has a `$fault`, and a truncated
 * body is a lost connection.
 */
const isUnreadable = (error: unknown): error is Unreadable =>
  error instanceof Error && '$response' in error && !('$fault' in error) && !isTransient(error);

/** Its first line: the SDK adds advice of its own. */
const reasonOf = ({ message }: Error): string => message.split('\n', 1)[0] ?? '';

const isResponse = (response: unknown): response is HttpResponse =>
  isObject(response) && 'headers' in response;

const statusOf = (response: unknown): number | undefined =>
  isResponse(response) ? response.statusCode : undefined;

/** The header names of S3, SQS and other services, in lower case, as Node's and undici's parsers return them. */
const REQUEST_IDS = ['x-amzn-requestid', 'x-amz-request-id', 'x-amzn-request-id'];

const isNamed = ({ headers }: HttpResponse): boolean => REQUEST_IDS.some((name) => name in headers);

/** AWS puts an id on each answer, and so do emulators, some of which call their XML text/html. */
const isPage = (response: HttpResponse): boolean =>
  /^text\/html\b/i.test(response.headers['content-type'] ?? '') && !isNamed(response);

/** Emulators answer some operations with neither a body nor a name. */
const isOfAws = (request: unknown): boolean =>
  isObject(request) &&
  'hostname' in request &&
  /\.(amazonaws\.com(\.cn)?|api\.aws)$/i.test(String(request.hostname));
