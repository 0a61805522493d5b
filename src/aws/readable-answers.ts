import type { HttpResponse, MetadataBearer, MiddlewareStack } from '@smithy/types';
import { isObject } from '../common/objects.js';
import { bodyOf, faultOfBody } from './answer.body.js';
import { faultOfFields } from './answer.fields.js';
import { isTransient } from './errors.js';

/** Whose answers are what somebody has stored: pages as well. */
const STORED = new Set(['GetObjectCommand', 'HeadObjectCommand']);

/**
 * AWS answered 200 with something that it does not answer: a page of a proxy, nothing at all, half a document. Whether the call had an effect is
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
  if (isResponse(response)) {
    const body = STORED.has(command) ? undefined : bodyOf(response);
    if (!STORED.has(command) && isPage(response)) return 'it is a page';
    const fault = body && faultOfBody(body, { service, command });
    if (fault !== undefined) return fault;
    if (body?.length === 0 && isOfAws(request) && !isNamed(response))
      return 'it names no request, and its body is empty';
  }
  return faultOfFields(command, input, output);
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

const isNamed = ({ headers }: HttpResponse): boolean => REQUEST_IDS.some((name) => name in headers);

/** AWS names each request. Emulators do so too, and some call their XML text/html. */
const isPage = (response: HttpResponse): boolean =>
  /^text\/html\b/i.test(response.headers['content-type'] ?? '') && !isNamed(response);

/** Emulators answer some operations with neither a body nor a name. */
const isOfAws = (request: unknown): boolean =>
  isObject(request) &&
  'hostname' in request &&
  /\.(amazonaws\.com(\.cn)?|api\.aws)$/i.test(String(request.hostname));
