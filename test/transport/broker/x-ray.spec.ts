import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { lastValueFrom } from 'rxjs';
import { nativeCodec, record } from '../../../src/transport/index.js';
import { MessageReader } from '../../../src/transport/server/handling/message.reader.js';
import { traceparentOf, xRayHeader } from '../../../src/transport/broker/x-ray.js';
import { startTestBroker, type TestBroker } from '../../../src/testing/index.js';
import { defineTopology, SnsSqsClient } from '../../../src/transport/index.js';

const TRACEPARENT = '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01';
const HEADER = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(''));

describe('the trace header of X-Ray', () => {
  it('says what a traceparent says, and the other way round', () => {
    expect(xRayHeader(TRACEPARENT)).toBe(HEADER);
    expect(traceparentOf(HEADER)).toBe(TRACEPARENT);
    expect(traceparentOf(HEADER.replace('Sampled=1', 'Sampled=0'))).toBe(
      TRACEPARENT.replace(/01$/, '00'),
    );
  });

  it('survives both ways for any trace', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.constantFrom('00', '01'), (trace, span, flags) => {
        const traceparent = `00-${trace}-${span}-${flags}`;
        expect(traceparentOf(xRayHeader(traceparent))).toBe(traceparent);
      }),
    );
  });

  it('is nothing for what names no trace, whatever it is', () => {
    for (const text of [undefined, '', 'Root=1-abc', 'Parent=53995c3f42cd8ad8', 'x'.repeat(9999)]) {
      expect(traceparentOf(text)).toBeUndefined();
      expect(xRayHeader(text)).toBeUndefined();
    }
  });

  it('gives a message without a traceparent the trace that AWS carries with it', async () => {
    const reader = new MessageReader(nativeCodec, undefined);
    const body = '{"pattern":"a","data":1}';
    const own = { traceparent: { DataType: 'String', StringValue: 'own' } };
    const message = { MessageId: 'm', ReceiptHandle: 'r', Body: body };
    const read = async (extra: object) =>
      (await reader.read({ ...message, ...extra })).attributes.get('traceparent');
    expect(await read({ Attributes: { AWSTraceHeader: HEADER } })).toBe(TRACEPARENT);
    expect(await read({ Attributes: { AWSTraceHeader: HEADER }, MessageAttributes: own })).toBe(
      'own',
    );
    expect(await read({})).toBeUndefined();
  });
});

describe('a message that is sent to a queue', () => {
  let broker: TestBroker;
  beforeAll(async () => {
    broker = await startTestBroker({ embedded: true });
  });
  afterAll(() => broker.stop());

  it('has its traceparent as the trace header of X-Ray as well', async () => {
    const topology = defineTopology({
      queues: [{ name: 'traced', patterns: ['a'] }],
      routes: [{ patterns: ['a'], queue: 'traced' }],
    });
    const sent: SendMessageBatchCommand['input'][] = [];
    broker.aws.sqs.middlewareStack.add(
      (next) => (args) => {
        if ('Entries' in args.input) sent.push(args.input as SendMessageBatchCommand['input']);
        return next(args);
      },
      { step: 'initialize' },
    );
    const client = new SnsSqsClient({ topology, aws: broker.aws, provision: 'create' });
    const data = record({ n: 1 }).withAttributes({ traceparent: TRACEPARENT }).build();
    await lastValueFrom(client.emit('a', data), { defaultValue: undefined });
    await client.close();
    expect(sent.at(-1)?.Entries?.[0]?.MessageSystemAttributes).toEqual({
      AWSTraceHeader: { DataType: 'String', StringValue: HEADER },
    });
  });
});
