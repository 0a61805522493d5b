import { streamCollector } from '@smithy/node-http-handler';
import type { HttpResponse } from '@smithy/types';

type StreamCollector = typeof streamCollector;

const collected = new WeakMap<object, Uint8Array>();

/** Collects a body as the SDK does by default, and remembers it: to the SDK an empty body and an empty object are the same. */
export const rememberingCollector: StreamCollector = async (stream) => {
  const bytes = await streamCollector(stream);
  collected.set(stream, bytes);
  return bytes;
};

/** The body of an answer that has been read; undefined if another collector than the one above read it, or nothing has yet. */
export function bodyOf({ body }: Pick<HttpResponse, 'body'>): Uint8Array | undefined {
  if (body instanceof Uint8Array) return body;
  return typeof body === 'object' && body !== null ? collected.get(body as object) : undefined;
}

/** What a body is to be, which depends on the protocol of the service. */
interface Expected {
  /** Such as `SQS`. */
  readonly service: string;
  /** Such as `SendMessageCommand`. */
  readonly command: string;
}

/** Operations of SQS and DynamoDB that answer nothing: AWS sends no body then, emulators `{}` or none. */
const SILENT = new Set([
  'AddPermissionCommand',
  'ChangeMessageVisibilityCommand',
  'DeleteMessageCommand',
  'DeleteQueueCommand',
  'PurgeQueueCommand',
  'RemovePermissionCommand',
  'SetQueueAttributesCommand',
  'TagQueueCommand',
  'TagResourceCommand',
  'UntagQueueCommand',
  'UntagResourceCommand',
]);

/** Operations of S3 whose answers are documents, as far as they are called here. */
const S3_DOCUMENTS =
  /^(List\w+|CreateMultipartUpload|CompleteMultipartUpload|CopyObject|UploadPartCopy|DeleteObjects|GetBucket(NotificationConfiguration|Replication|Versioning))Command$/;

const JSON_SERVICES = new Set(['SQS', 'DynamoDB', 'Athena']);

/** Room for what comes before the root element. */
const START_BYTES = 400;

/** Why AWS cannot have sent a body with a status of success; undefined if it can. */
export function faultOfBody(body: Uint8Array, expected: Expected): string | undefined {
  const { service, command } = expected;
  if (JSON_SERVICES.has(service)) return faultOfJson(body, SILENT.has(command));
  if (service === 'SNS') return faultOfAnswer(body, command.replace(/Command$/, 'Response'));
  return service === 'S3' && S3_DOCUMENTS.test(command) ? faultOfXml(body) : undefined;
}

/** Its first character tells: the SDK has parsed the rest, and reads null, a list or a number as if nothing had been said. */
function faultOfJson(body: Uint8Array, silent: boolean): string | undefined {
  const first = body.find((byte) => !isSpace(byte));
  if (first === undefined) return silent ? undefined : 'its body is empty';
  return first === OPENING_BRACE || first >= CBOR_MAP ? undefined : 'its body is not a JSON object';
}

const OPENING_BRACE = 0x7b;
/** Versions of the SDK may speak CBOR to these services, in which no answer starts lower, nor text so high. */
const CBOR_MAP = 0xa0;
const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** SNS names the operation in the root element of every answer. What is not XML the SDK does not read. */
const faultOfAnswer = (body: Uint8Array, root: string): string | undefined =>
  faultOfXml(body) ??
  (startOf(body).includes(`<${root}`) ? undefined : `its body is not a ${root}`);

function faultOfXml(body: Uint8Array): string | undefined {
  const start = startOf(body);
  if (start === '') return 'its body is empty';
  if (!start.startsWith('<')) return 'its body is not XML';
  return /<(!doctype\s+)?html\b/i.test(start) ? 'it is a page' : undefined;
}

function startOf(body: Uint8Array): string {
  const { buffer, byteOffset } = body;
  const bytes = Buffer.from(buffer, byteOffset, Math.min(body.byteLength, START_BYTES));
  return bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
}
