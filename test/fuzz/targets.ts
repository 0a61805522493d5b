import * as fc from 'fast-check';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { memberName } from '../../src/features/bundles/archive/member-name.js';
import { parseManifest } from '../../src/features/bundles/archive/manifest.js';
import { ExecutePayload } from '../../src/features/query/query.dto.js';
import * as registry from '../../src/features/registry/registry.dto.js';
import { feedbackCodec } from '../../src/features/sessions/codec/feedback.codec.js';
import { metadataCodec } from '../../src/features/sessions/codec/metadata.codec.js';
import { decodeCursor } from '../../src/protocol/list-cursor.js';
import { requireMetadata } from '../../src/features/sessions/metadata/session-metadata.js';
import { readFork } from '../../src/features/sessions/read-fork.js';
import { readInput } from '../../src/platform/http/index.js';
import { FeedbackDto } from '../../src/features/sessions/feedback/feedback.dto.js';
import { CreateSessionDto } from '../../src/features/sessions/sessions.dto.js';
import * as storage from '../../src/features/storage/storage.dto.js';
import { TransformPayload } from '../../src/features/transform/transform.dto.js';
import { busEventCodec } from '../../src/messaging/event-bus/index.js';
import { eventCodec } from '../../src/messaging/codecs/event.codec.js';
import { resultCodec } from '../../src/messaging/codecs/result.codec.js';
import { CommandPayloadPipe } from '../../src/messaging/index.js';
import { Redactor } from '../../src/platform/telemetry/redact.js';
import {
  parseCommand,
  parseEvent,
  parseResult,
  type JsonObject,
} from '../../src/protocol/index.js';
import { PendingRequest } from '../../src/transport/client/pending-request.js';
import { parsePointer } from '../../src/transport/codec/claim-check.js';
import { autoCodec } from '../../src/transport/codec/auto.codec.js';
import { celeryCodec } from '../../src/transport/codec/celery.codec.js';
import { cloudEventsCodec } from '../../src/transport/codec/cloud-events/cloud-events.codec.js';
import { compressed } from '../../src/transport/codec/compression/compression.js';
import { eventBridgeCodec } from '../../src/transport/codec/event-bridge.codec.js';
import {
  commandCodec,
  nativeCodec,
  s3NotificationCodec,
  wireJson,
} from '../../src/transport/codec/index.js';
import { jsonCodec } from '../../src/transport/codec/json.codec.js';
import type { PayloadStore } from '../../src/transport/codec/payload-store.js';
import { readReplyAddress } from '../../src/transport/codec/reply-address.js';
import { decodeReply, type ReplyPart } from '../../src/transport/codec/reply.codec.js';
import { unwrapSnsEnvelope } from '../../src/transport/codec/sns-envelope.js';
import { PayloadPipe } from '../../src/transport/decorators/payload.pipe.js';
import { parseAnswer } from '../../src/transport/idempotency/stored-answer.js';
import { digest } from '../../src/transport/idempotency/message-key.js';
import { readSqsEvent } from '../../src/transport/lambda/sqs-event.js';
import { oneLine, quoted } from '../../src/transport/observing/log-text.js';
import { MessageReader } from '../../src/transport/server/handling/message.reader.js';
import { WeftError } from '../../src/transport/errors/index.js';
import { SnsSqsServer } from '../../src/transport/server/sns-sqs.server.js';
import { readSigned } from '../../src/transport/signatures/signed-message.js';
import { SnsHttpEndpoint } from '../../src/transport/sns-http/index.js';
import { defineTopology } from '../../src/transport/topology/index.js';
import { SnsSigner } from '../support/sns-signer.js';
import { attributes, body, message, mutated, pieces, text, value } from './hostile.js';
import { Checked } from './payloads.js';
import { target, type Target } from './target.js';

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};
const isText = (found: unknown): boolean => typeof found === 'string';
const isTextOrNone = (found: unknown): boolean => found === undefined || isText(found);

const received = fc
  .tuple(body, attributes)
  .map(([one, own]) => ({ messageId: 'id', body: one, attributes: own }));

const CODECS = [
  nativeCodec,
  commandCodec,
  resultCodec,
  eventCodec,
  s3NotificationCodec,
  feedbackCodec,
  metadataCodec,
  eventBridgeCodec,
  jsonCodec('order.placed'),
  cloudEventsCodec(),
  autoCodec(),
  busEventCodec(),
];

const codecs = CODECS.map((codec) =>
  target(`codec ${codec.name}`, received, (one) => {
    const decoded = codec.decode(one);
    must(isText(decoded.pattern), 'the pattern is no text');
    must(isTextOrNone(decoded.id) && isTextOrNone(decoded.correlationId), 'an id is no text');
    codec.identifiesByBody?.(decoded);
  }),
);

/** A payload bucket in which every body is hostile as well. */
const readers = [nativeCodec, s3NotificationCodec, commandCodec].map((codec) =>
  target(
    `message reader with ${codec.name}`,
    fc.tuple(message, fc.option(body, { nil: undefined })),
    async ([one, stored]) => {
      const payloads: Pick<PayloadStore, 'get'> = {
        get: () => Promise.resolve({ body: stored ?? '', release: () => undefined }),
      };
      const reader = new MessageReader(
        codec,
        stored === undefined ? undefined : (payloads as PayloadStore),
        digest,
      );
      must(isText((await reader.read(one)).pattern), 'the pattern is no text');
    },
  ),
);

const DEFLATE = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync };
const TOKENS = ['gzip', 'br', 'zstd'] as const;

/** Compressed well, cut short, or with a byte changed; mostly by what it says. */
const compressedBody = fc
  .tuple(
    body,
    fc.constantFrom(...TOKENS),
    fc.option(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { freq: 4 }),
    fc.nat({ max: 40 }),
    fc.option(fc.constantFrom(...TOKENS, 'identity', 'deflate', '__proto__'), { freq: 1 }),
  )
  .map(([one, token, change, cut, said]): [string, string] => {
    const bytes = DEFLATE[token](one);
    if (change) bytes[change[0] % bytes.length] = change[1];
    const end = cut === 0 ? bytes.length / 2 : bytes.length;
    return [bytes.subarray(0, end).toString('base64'), said ?? token];
  });
const compressedReader = target(
  'message reader with compressed bodies',
  fc.oneof(
    { weight: 4, arbitrary: compressedBody },
    fc.tuple(body, fc.constantFrom<string>(...TOKENS, 'identity')),
  ),
  async ([Body, StringValue]) => {
    const codec = compressed(jsonCodec('order.placed'), { maxBytes: 1024 });
    const reader = new MessageReader(codec, undefined, digest);
    const read = await reader.read({
      Body,
      MessageAttributes: { 'Content-Encoding': { StringValue } },
    });
    read.releaseBytes?.();
    must(isText(read.pattern), 'the pattern is no text');
  },
);

/** In base64, as kombu writes it; one that is not due is refused for now. */
const celery = target(
  `codec ${celeryCodec.name}`,
  fc.tuple(received, fc.boolean()).map(([one, plain]) => ({
    ...one,
    body: plain ? one.body : Buffer.from(one.body).toString('base64'),
  })),
  (one) => must(isText(celeryCodec.decode(one).pattern), 'the pattern is no text'),
  (error) => error instanceof WeftError,
);

const TOPIC_ARN = 'arn:aws:sns:us-east-1:000000000000:t';
const wrapped = (inner: string, layers: number): string =>
  layers === 0
    ? inner
    : wrapped(
        JSON.stringify({
          Type: 'Notification',
          MessageId: 'm',
          TopicArn: TOPIC_ARN,
          Timestamp: 't',
          Message: inner,
        }),
        layers - 1,
      );
const nestedReader = target(
  'message reader with envelopes in envelopes',
  fc.tuple(message, fc.nat({ max: 6 })),
  async ([one, layers]) => {
    const expected = {
      envelopes: 'wrapped',
      envelopeTopics: [TOPIC_ARN],
      envelope: { topics: [TOPIC_ARN], depth: 5 },
    } as const;
    const reader = new MessageReader(nativeCodec, undefined, digest, expected);
    const read = await reader.read({ ...one, Body: wrapped(one.Body ?? '', layers) });
    must(isText(read.pattern), 'the pattern is no text');
  },
);

const signer = new SnsSigner('us-east-1');
const endpoint = new SnsHttpEndpoint(
  new SnsSqsServer({ topology: defineTopology({}), aws: { region: 'us-east-1' } }),
  { name: 'fuzz', patterns: ['*'], topics: [TOPIC_ARN], signatures: signer.signatures() },
);
/** What SNS has signed, whatever its publisher wrote, and what nobody has signed. */
const posted: fc.Arbitrary<unknown> = fc.oneof(
  body,
  mutated,
  fc
    .tuple(body, fc.constantFrom('1', '2'))
    .map(([one, SignatureVersion]) =>
      signer.notification(one, { TopicArn: TOPIC_ARN, SignatureVersion }),
    ),
);
const pipe = new CommandPayloadPipe();
const payloadClasses = [
  ...Object.values(registry),
  ...Object.values(storage),
  ExecutePayload,
  TransformPayload,
].filter(
  (type): type is new () => object => typeof type === 'function' && type.name.endsWith('Payload'),
);

const isObject = (found: unknown): found is JsonObject =>
  typeof found === 'object' && found !== null && !Array.isArray(found);

const commandPayloads = payloadClasses.map((type) =>
  target(`Command payload ${type.name}`, mutated.filter(isObject), (one) =>
    must(pipe.transform(one, { type: 'custom', metatype: type }) instanceof type, 'another class'),
  ),
);

const FOLDER = 'https://sqs.eu-central-1.amazonaws.com/111122223333/';
const OWN = /^https:\/\/sqs\.eu-central-1\.amazonaws\.com\/111122223333\/weft-replies-[\w-]*$/;
const addresses = fc.oneof(
  pieces([
    FOLDER,
    '?request=abc&timeout=9999',
    'weft-replies-',
    '111122223333/',
    'pudato-storage-queue',
  ]),
  pieces(['0123', '.fifo', '&request=x']).map(
    (name) => `${FOLDER}weft-replies-${name}?request=abc&timeout=9999`,
  ),
);

const parts: fc.Arbitrary<ReplyPart[]> = fc.array(
  fc.record(
    {
      requestId: fc.constant('r'),
      sequence: fc.nat({ max: 3 }),
      response: value,
      err: value,
      total: fc.nat({ max: 4 }),
    },
    { requiredKeys: ['requestId', 'sequence'] },
  ),
  { minLength: 1, maxLength: 8 },
);

const withoutGuard = { type: 'body', metatype: Checked } as const;
const isSyntaxError = (error: unknown): boolean => error instanceof SyntaxError;

/** Everything that reads what somebody else wrote. */
export const TARGETS: readonly Target[] = [
  ...codecs,
  ...readers,
  celery,
  compressedReader,
  nestedReader,
  target('message that SNS signed', mutated, readSigned),
  target('request to the endpoint for SNS', posted, async (one) => {
    const { status } = await endpoint.receive(one);
    must([400, 403, 503].includes(status), `answered ${status} though nothing was handled`);
  }),
  ...(['wrapped', 'unknown'] as const).map((expected) =>
    target(`SNS envelope, ${expected}`, body, (one) => {
      const { body: inner, attributes: own } = unwrapSnsEnvelope(one, expected);
      must(isText(inner), 'the body is no text');
      for (const found of own?.texts.values() ?? []) must(isText(found), 'an attribute is no text');
    }),
  ),
  target('claim-check pointer', body, (one) => {
    const pointer = parsePointer(one);
    must(!pointer || (isText(pointer.bucket) && isText(pointer.key)), 'half a pointer');
  }),
  target('answer', body, decodeReply),
  target('parts of an answer', parts, (one) => {
    let ends = 0;
    const request = new PendingRequest(1000, 0, ({ err, isDisposed }) => {
      if (err || isDisposed) ends += 1;
    });
    one.some((part) => request.take(part, 0));
    must(ends <= 1, 'ended twice');
  }),
  target('reply address', addresses, (one) => {
    const read = readReplyAddress(one, `${FOLDER}pudato-storage-queue`, 'weft-replies-');
    must(
      !('address' in read) || OWN.test(read.address.queueUrl),
      `led to another queue: ${JSON.stringify(read)}`,
    );
  }),
  target('Command', mutated, parseCommand),
  target('Result', mutated, parseResult),
  target('Event', mutated, parseEvent),
  ...commandPayloads,
  target('class-validated payload', mutated, (one) =>
    new PayloadPipe().transform(one, withoutGuard),
  ),
  target('session to create', mutated, (one) => readInput(CreateSessionDto, one)),
  target('feedback', mutated, (one) => readInput(FeedbackDto, one)),
  target('fork of a session', mutated, readFork),
  target('metadata of a session', value, requireMetadata),
  target(
    'cursor of a list',
    fc
      .oneof(
        value.map((one) => JSON.stringify(one) ?? ''),
        text,
      )
      .map((one) => Buffer.from(one).toString('base64url')),
    (one) => decodeCursor(one),
  ),
  target('event of Lambda', mutated, readSqsEvent),
  target('kept answer', body, parseAnswer),
  target('manifest of a bundle', body, parseManifest, isSyntaxError),
  target(
    'name in a bundle',
    fc.oneof(text, pieces(['a', 'etc/passwd', 'foo.txt', ' ', '%'])),
    (one) => {
      const member = memberName(one);
      if (!member.ok) return;
      must(
        !/^[/\\]|(^|\/)\.{0,2}(\/|$)|\p{Cc}|\\|^[a-z]:/iu.test(member.name),
        `unsafe: ${JSON.stringify(member.name)}`,
      );
      const again = memberName(member.name);
      must(again.ok && again.name === member.name, 'another name the second time');
    },
  ),
  target('redactor of logs', fc.oneof(value, body, text), (one) =>
    new Redactor(['a'.repeat(24)]).value(one),
  ),
  target('sender in the log', fc.oneof(text, body), (one) =>
    must(!/[\p{Cc}\u2028-\u202e]/u.test(quoted(one) + oneLine(one)), 'steers a terminal'),
  ),
  target('JSON on the wire', value, (one) =>
    must(JSON.stringify(JSON.parse(wireJson(one))) === JSON.stringify(one), 'not the same'),
  ),
];
