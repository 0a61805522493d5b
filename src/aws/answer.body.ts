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

/** The body of an answer once it was read by the collector above; otherwise undefined. */
export function bodyOf({ body }: Pick<HttpResponse, 'body'>): Uint8Array | undefined {
  if (body instanceof Uint8Array) return body;
  return typeof body === 'object' && body !== null ? collected.get(body as object) : undefined;
}

/** The expected body, which depends on the protocol of the service. */
interface Expected {
  /** Such as `SQS`. */
  readonly service: string;
  /** Such as `SendMessageCommand`. */
  readonly command: string;
}

/** Operations of SQS and DynamoDB without a result: AWS sends no body, emulators `{}` or none. */
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

/** The operations of S3 called here whose answers are documents. */
const S3_DOCUMENTS =
  /^(List\w+|CreateMultipartUpload|CompleteMultipartUpload|CopyObject|UploadPartCopy|DeleteObjects|GetBucket(NotificationConfiguration|Replication|Versioning))Command$/;

const JSON_SERVICES = new Set(['SQS', 'DynamoDB', 'Athena']);

/** Bytes searched for the root element. */
const START_BYTES = 400;

/** Why AWS cannot have sent a body with a status of success; undefined if it can. */
export function faultOfBody(body: Uint8Array, expected: Expected): string | undefined {
  const { service, command } = expected;
  if (JSON_SERVICES.has(service)) return faultOfJson(body, SILENT.has(command));
  if (service === 'SNS') return faultOfAnswer(body, command.replace(/Command$/, 'Response'));
  return service === 'S3' && S3_DOCUMENTS.test(command) ? faultOfXml(body) : undefined;
}

/** Tests the first character: the SDK has parsed the rest, but reads null, a list or a number as an empty answer. */
function faultOfJson(body: Uint8Array, silent: boolean): string | undefined {
  const first = body.find((byte) => !isSpace(byte));
  if (first === undefined) return silent ? undefined : 'its body is empty';
  return first === OPENING_BRACE || first >= CBOR_MAP ? undefined : 'its body is not a JSON object';
}

const OPENING_BRACE = 0x7b;
/** Some versions of the SDK use CBOR, in which every answer starts with at least this byte, and no text does. */
const CBOR_MAP = 0xa0;
const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** SNS names the operation in the root element of every answer. The SDK ignores answers that are not XML. */
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
