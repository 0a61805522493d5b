import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { ByteBudget } from '../../../src/aws/byte-budget.js';
import {
  compressed,
  defineTopology,
  eventBridgeCodec,
  InvalidMessageError,
  InvalidOptionsError,
  nativeCodec,
} from '../../../src/transport/index.js';
import type { CompressionOptions } from '../../../src/transport/codec/index.js';
import {
  compressMessage,
  isCompressible,
} from '../../../src/transport/codec/compression/compress-message.js';
import { contentEncoding } from '../../../src/transport/codec/compression/content-encoding.js';
import { inflate } from '../../../src/transport/codec/compression/inflate.js';
import { MessageReader } from '../../../src/transport/server/handling/message.reader.js';
import { waitFor } from '../../support/wait.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const ENCODINGS = ['gzip', 'brotli', 'zstd'] as const;
const DEFLATE = {
  gzip: (text: string) => gzipSync(text),
  brotli: (text: string) => brotliCompressSync(text),
  zstd: (text: string) => zstdCompressSync(text),
};
const TOKENS = { gzip: 'gzip', brotli: 'br', zstd: 'zstd' };

const base64 = (bytes: Buffer): string => bytes.toString('base64');
const outgoing = (body: string) => ({ id: 'i', body, attributes: {} });
const compressionOf = (options?: CompressionOptions) => {
  const { compression } = compressed(nativeCodec, options);
  if (!compression) throw new Error('compressed() made no compression');
  return compression;
};

/** A message of SQS with a body that says how it is compressed. */
const received = (body: string, encoding?: string, name = 'Content-Encoding') => ({
  MessageId: 'm',
  Body: body,
  ...(encoding !== undefined && {
    MessageAttributes: { [name]: { DataType: 'String', StringValue: encoding } },
  }),
});
const PACKET = '{"pattern":"order.placed","data":{"id":7}}';
const reader = (options?: CompressionOptions) =>
  new MessageReader(compressed(nativeCodec, options), undefined, (text) => text);

describe.each(ENCODINGS)('a body compressed by %s', (encoding) => {
  it('is what it was, and names its encoding as HTTP does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const body = JSON.stringify({ pattern: 'p', data: text.repeat(50) + 'x'.repeat(200) });
        const message = await compressMessage(outgoing(body), compressionOf({ encoding }));
        expect(message.attributes).toEqual({
          'Content-Encoding': { DataType: 'String', StringValue: TOKENS[encoding] },
        });
        expect(message.body.length).toBeLessThan(Buffer.byteLength(body));
        const inflated = await inflate(message.body, encoding, { maxBytes: MIB });
        inflated.release();
        expect(inflated.body).toBe(body);
      }),
      { numRuns: 50 },
    );
  });

  it('goes out as it is where that would be no smaller', async () => {
    const message = outgoing('{"id":7}');
    expect(await compressMessage(message, compressionOf({ encoding }))).toBe(message);
  });

  it('is not inflated beyond its limit, and takes no more room meanwhile', async () => {
    const bomb = base64(DEFLATE[encoding]('0'.repeat(8 * MIB)));
    expect(bomb.length).toBeLessThan(16 * KIB);
    const budget = new ByteBudget(64 * MIB);
    await expect(inflate(bomb, encoding, { maxBytes: MIB, budget })).rejects.toThrow(
      'The body inflates to more than 1048576 bytes (maxBytes of compressed())',
    );
    expect(budget.taken).toBe(0);
    const inflated = await inflate(bomb, encoding, { maxBytes: 8 * MIB, budget });
    expect(inflated.body).toHaveLength(8 * MIB);
    expect(budget.taken).toBe(8 * MIB);
    inflated.release();
    expect(budget.taken).toBe(0);
  });

  it('that is cut off, or none, is refused', async () => {
    const whole = DEFLATE[encoding](PACKET);
    const bodies = [
      base64(whole.subarray(0, 20)),
      base64(Buffer.from(PACKET)),
      PACKET,
      '',
      '====',
      'A',
    ];
    for (const body of bodies)
      await expect(inflate(body, encoding, { maxBytes: MIB })).rejects.toThrow(InvalidMessageError);
  });

  it('is read by a queue whose codec is compressed, and hashed as what it stands for', async () => {
    const body = base64(DEFLATE[encoding](PACKET));
    for (const name of ['Content-Encoding', 'content-encoding']) {
      const read = await reader().read(received(body, TOKENS[encoding], name));
      expect(read).toMatchObject({ pattern: 'order.placed', data: { id: 7 }, bodyHash: PACKET });
      read.releaseBytes?.();
    }
  });
});

describe('inflated bodies', () => {
  it('wait until the process has room for them', async () => {
    const body = base64(gzipSync(PACKET));
    const budget = new ByteBudget(200 * KIB);
    const options = { maxBytes: 150 * KIB, budget };
    const first = await inflate(base64(gzipSync('0'.repeat(140 * KIB))), 'gzip', options);
    let second: Awaited<ReturnType<typeof inflate>> | undefined;
    const waiting = inflate(body, 'gzip', options).then((inflated) => (second = inflated));
    await waitFor('the second body to wait', () => budget.waiting === 1);
    expect(second).toBeUndefined();
    first.release();
    (await waiting).release();
    expect(budget.taken).toBe(0);
  });

  it('stop waiting when their message is no longer held', async () => {
    const budget = new ByteBudget(100 * KIB);
    const share = budget.tryTake(100 * KIB);
    const lost = new AbortController();
    const options = { maxBytes: 64 * KIB, budget, signal: lost.signal };
    const waiting = inflate(base64(gzipSync(PACKET)), 'gzip', options);
    lost.abort(new Error('lost'));
    await expect(waiting).rejects.toThrow('lost');
    share?.release();
  });
});

describe('a frame of zstd that asks for a window of 128 MiB', () => {
  it('is refused', async () => {
    const { ZSTD_c_windowLog, ZSTD_c_enableLongDistanceMatching } = constants;
    const text = Array.from({ length: 200_000 }, (_, n) => `{"n":${n}}`)
      .join('')
      .repeat(8);
    const params = { [ZSTD_c_windowLog]: 27, [ZSTD_c_enableLongDistanceMatching]: 1 };
    const body = base64(zstdCompressSync(text, { params }));
    await expect(inflate(body, 'zstd', { maxBytes: 64 * MIB })).rejects.toThrow(
      InvalidMessageError,
    );
  });
});

describe('the Content-Encoding of a message', () => {
  it('may be left out, or say that there is none', async () => {
    for (const encoding of [undefined, 'identity', ' Identity '])
      expect(await reader().read(received(PACKET, encoding))).toMatchObject({ data: { id: 7 } });
  });

  it.each(['deflate', 'gzip, br', 'aws-chunked', '__proto__', 'x'.repeat(500)])(
    'is refused where it is not known: %s',
    (encoding) => {
      const attributes = new Map([['Content-Encoding', encoding]]);
      expect(() => contentEncoding(attributes)).toThrow(InvalidMessageError);
      expect(() => contentEncoding(attributes)).toThrow(
        `The body has the Content-Encoding ${JSON.stringify(encoding.slice(0, 40))}, which is not supported. Supported are gzip, br and zstd`,
      );
    },
  );

  it('is explained to a queue whose codec does not inflate', () => {
    const plain = new MessageReader(nativeCodec, undefined);
    const message = received(base64(gzipSync(PACKET)), 'gzip');
    expect(() => plain.read(message)).toThrow('give the queue the codec compressed(…)');
  });

  it('is a field of its sender like any other where the codec does not inflate', () => {
    const plain = new MessageReader(nativeCodec, undefined);
    expect(plain.read(received(PACKET, 'utf-8'))).toMatchObject({ data: { id: 7 } });
  });
});

describe('whether a body is compressed', () => {
  const compression = compressionOf({ aboveBytes: 100, maxBytes: 2000 });

  it.each([
    ['one of as many bytes as aboveBytes', 'x'.repeat(100), {}, false],
    ['a larger one', 'x'.repeat(101), {}, true],
    ['one that receivers would not inflate', 'x'.repeat(2001), {}, false],
    ['one whose characters take more bytes than it has letters', 'ü'.repeat(51), {}, true],
    ['one with a Content-Encoding of its own', 'x'.repeat(101), { 'Content-Encoding': 1 }, false],
    [
      'one with ten attributes',
      'x'.repeat(101),
      Object.fromEntries(Array.from('0123456789', (name) => [name, 1])),
      false,
    ],
  ])('follows from its size and its attributes: %s', (_what, body, attributes, expected) => {
    const message = { ...outgoing(body), attributes: attributes as never };
    expect(isCompressible(message, compression)).toBe(expected);
  });
});

describe('compressed()', () => {
  it('refuses what is out of its range, naming each', () => {
    const wrong = { encoding: 'lzma' as 'gzip', aboveBytes: -1, maxBytes: 2 ** 40 };
    expect(() => compressed(nativeCodec, wrong)).toThrow(InvalidOptionsError);
    expect(() => compressed(nativeCodec, wrong)).toThrow(
      'encoding is lzma, must be one of gzip, brotli, zstd; aboveBytes is -1, must be a whole number from 0 to 67108864; maxBytes is',
    );
  });

  it('says what to do where this Node has no zstd, which came with Node 22.15', () => {
    const script = `
      import { syncBuiltinESMExports } from 'node:module';
      import zlib from 'node:zlib';
      delete zlib.zstdCompress;
      delete zlib.zstdDecompress;
      syncBuiltinESMExports();
      const { compressed, nativeCodec } = await import('./src/transport/codec/index.ts');
      const { inflate } = await import('./src/transport/codec/compression/inflate.ts');
      try { compressed(nativeCodec, { encoding: 'zstd' }); } catch (error) { console.log(error.message); }
      await inflate('AAAA', 'zstd', { maxBytes: 1024 }).catch((error) => console.log(error.message));
    `;
    const args = ['--import', './test/support/ts-hooks.js', '--input-type=module', '-e', script];
    const lines = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n');
    expect(lines).toEqual([
      `This Node (${process.version}) has no zstd: it came with Node 22.15. Use gzip or brotli, or a newer Node`,
      `The body is compressed by zstd, which this Node (${process.version}) does not support: it came with Node 22.15. Receive it with a newer Node, then redrive the message`,
    ]);
  });

  it('keeps what its codec can: one that only reads writes nothing', () => {
    expect(compressed(eventBridgeCodec)).not.toHaveProperty('encode');
    const packet = { id: 'i', pattern: 'p', data: 1, correlationId: 'c' };
    expect(compressed(nativeCodec).encode(packet)).toEqual(nativeCodec.encode(packet));
    expect(compressed(nativeCodec).name).toBe('native, compressed');
  });

  it('is refused for a topic whose messages are filtered by their body', () => {
    const from = [
      { topic: 'orders', filterPolicy: { a: ['b'] }, filterPolicyScope: 'MessageBody' as const },
    ];
    const codec = compressed(nativeCodec);
    expect(() =>
      defineTopology({
        topics: [{ name: 'orders' }],
        queues: [{ name: 'billing', patterns: ['order.*'], from }],
        routes: [{ patterns: ['order.*'], topic: 'orders', codec }],
      }),
    ).toThrow('route order.*: its codec compresses bodies');
  });
});
