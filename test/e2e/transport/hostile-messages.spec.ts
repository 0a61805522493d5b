import { Controller, Logger, ValidationPipe } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Payload } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import {
  DEAD_LETTER_REASON,
  defineTopology,
  MemoryIdempotencyStore,
  OnBatch,
  OnEvent,
  s3NotificationCodec,
} from '../../../src/transport/index.js';
import { startBriskStack } from '../../support/brisk-stack.js';
import { startService, TestStack, unique, type TestService } from '../../support/transport.js';

class Item {
  @IsString() a!: string;
  @IsInt() b!: number;
}

class Items {
  @ValidateNested({ each: true })
  @Type(() => Item)
  items!: Item[];

  @IsOptional()
  free?: unknown;
}

@Controller()
class Hostile {
  @OnEvent('one')
  one(@Payload() _items: Items): void {}

  @OnEvent('s3.ObjectCreated:Put')
  stored(): void {}

  @OnBatch('batch', { items: Items })
  batch(@Payload() _items: Items[]): void {}

  @OnBatch('piped', { items: Items, itemPipe: new ValidationPipe() })
  piped(@Payload() _items: Items[]): void {}
}

const QUEUE = unique('hostile');
const UPLOADS = unique('uploads');
const topology = defineTopology({
  queues: [
    { name: QUEUE, patterns: ['one', 'batch', 'piped'] },
    { name: UPLOADS, patterns: ['s3.*'], codec: s3NotificationCodec },
  ],
});

let stack: TestStack;
let service: TestService;
const lines: string[] = [];
const note = (message: unknown, fields: object = {}): void =>
  void lines.push([message, ...Object.values(fields)].map(String).join(' '));

beforeAll(async () => {
  stack = await startBriskStack();
  service = await startService(stack, {
    topology,
    controllers: [Hostile],
    server: { payloadBucket: 'payloads', idempotency: { store: new MemoryIdempotencyStore() } },
  });
  Logger.overrideLogger({ log: note, warn: note, error: note });
});
afterEach(() => void lines.splice(0));
afterAll(async () => {
  await service.close();
  await stack.stop();
  Logger.overrideLogger(['error', 'warn', 'log']);
});

/** The reason a message is dead-lettered with, and how often it was received before. */
async function deadLettered(body: string, pattern?: string) {
  await stack.put(QUEUE, body, pattern === undefined ? {} : { pattern });
  const { MessageAttributes: attributes } = await stack.take(`${QUEUE}-dlq`);
  const details = JSON.parse(attributes?.['deadLetterDetails']?.StringValue ?? '{}') as object;
  return { reason: attributes?.[DEAD_LETTER_REASON]?.StringValue ?? '', ...details };
}

const PATTERNS = ['one', 'batch', 'piped'];
const deep = `{"items":[],"free":${'['.repeat(5000)}${']'.repeat(5000)}}`;
/** The largest body that SQS takes, for the handler of one message; enough for the bound, for the others. */
const BOMBS = [
  ['one', 340_000],
  ['batch', 110_000],
  ['piped', 110_000],
] as const;
const bomb = (items: number): string => `{"items":[${Array(items).fill('{}').join(',')}]}`;

describe('A message that is made to hurt is dead-lettered at its first receive, with its reason:', () => {
  it.each(BOMBS)('a list of faulty items, to the handler "%s": %i', async (pattern, items) => {
    expect(await deadLettered(bomb(items), pattern)).toMatchObject({
      reason: 'The payload does not fit Items: items: takes more than 100000 checks to validate',
      receiveCount: 1,
    });
  });

  it.each(PATTERNS)('5 000 levels of nesting, to the handler "%s"', async (pattern) => {
    expect(await deadLettered(deep, pattern)).toMatchObject({
      reason: 'The payload does not fit Items: free: must not be nested deeper than 1000 levels',
      receiveCount: 1,
    });
  });

  it.each(PATTERNS)('a nested key "constructor", to the handler "%s"', async (pattern) => {
    const body = '{"items":[],"free":{"a":{"constructor":1}}}';
    expect(await deadLettered(body, pattern)).toMatchObject({
      reason: 'The payload does not fit Items: free: must not contain the key constructor',
      receiveCount: 1,
    });
  });

  it('a pointer whose key is no Unicode text', async () => {
    const pointer = String.raw`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"payloads","s3Key":"\ud800"}]`;
    expect(await deadLettered(pointer, 'one')).toMatchObject({
      reason: expect.stringMatching(/^The key of the message's body is not a valid S3 key/),
      receiveCount: 1,
    });
  });
});

describe("S3's test event", () => {
  it.each(['{}', '[]', 'null', '7', '{"object":null}', '{"object":{"sequencer":{}}}'])(
    'is acknowledged whatever its s3 is: %s',
    async (s3) => {
      await stack.put(UPLOADS, `{"Event":"s3:TestEvent","s3":${s3}}`);
      await stack.emptied(UPLOADS);
      expect(await stack.depth(`${UPLOADS}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
    },
  );
});

describe("A sender's pattern in the log", () => {
  it('is on one line, without what steers a terminal, and cut', async () => {
    const forged = `x\n[Nest] LOG [Auth] admin logged in\u009b31m`;
    await deadLettered('{}', forged);
    await deadLettered(JSON.stringify({ pattern: 'y'.repeat(900_000), data: 1 }));
    const said = lines.filter((line) => line.includes('Message failed and is dead-lettered'));
    expect(said).toHaveLength(2);
    expect(said.join('')).toContain(String.raw`x\n[Nest] LOG [Auth] admin logged in\u009b31m`);
    for (const line of said) {
      expect(line.length).toBeLessThan(1000);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  });
});
