import { Writable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { LogFormat, LogLevel } from '../../../src/platform/config/index.js';
import { PinoLogger } from '../../../src/platform/telemetry/index.js';
import { runInMessageScope } from '../../../src/transport/message-scope.js';

class Lines extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  get all(): Record<string, unknown>[] {
    const lines = this.text.split('\n').filter((line) => line !== '');
    return lines.map((line): Record<string, unknown> => JSON.parse(line));
  }

  /** Without the time. */
  get last(): Record<string, unknown> {
    const { time, ...rest } = this.all.at(-1) ?? {};
    if (!/^\d{4}-\d\d-\d\dT.*Z$/.test(String(time))) throw new Error(`no time: ${String(time)}`);
    return rest;
  }
}

function logger(options: { level?: LogLevel; format?: LogFormat; secrets?: string[] } = {}) {
  const lines = new Lines();
  const log = { level: options.level ?? 'trace', format: options.format ?? 'json' } as const;
  const secrets = options.secrets ?? [];
  return { lines, logger: new PinoLogger({ log, secrets, destination: lines }) };
}

describe('PinoLogger', () => {
  afterEach(() => Logger.overrideLogger(true));

  it('names its service in every line, whatever fields a line has', () => {
    const lines = new Lines();
    const log = { level: 'info', format: 'json' } as const;
    new PinoLogger({ log, serviceName: 'billing', destination: lines }).log('up', { service: 's' });
    expect(lines.last).toEqual({ level: 'info', service: 'billing', service_: 's', msg: 'up' });
  });

  it('writes what Nest loggers say, with their context', () => {
    const { lines, logger: pino } = logger();
    Logger.overrideLogger(pino);
    const nest = new Logger('Orders');
    nest.log('started');
    expect(lines.last).toEqual({ level: 'info', context: 'Orders', msg: 'started' });
    nest.warn('late', { order_id: 5 });
    expect(lines.last).toEqual({ level: 'warn', context: 'Orders', order_id: 5, msg: 'late' });
    nest.verbose({ queue: 'jobs', free: 3 });
    expect(lines.last).toEqual({
      level: 'trace',
      context: 'Orders',
      queue: 'jobs',
      free: 3,
      msg: '',
    });
    nest.debug(['a', 1]);
    expect(lines.last).toMatchObject({ level: 'debug', msg: '["a",1]' });
    nest.fatal('over');
    expect(lines.last).toMatchObject({ level: 'fatal', msg: 'over' });
  });

  it('writes errors with stack and cause, whichever way they are given', () => {
    const { lines, logger: pino } = logger();
    Logger.overrideLogger(pino);
    const nest = new Logger('Orders');
    const error = new Error('broken', { cause: new Error('deeper') });
    nest.error('failed', error.stack);
    expect(lines.last).toEqual({
      level: 'error',
      context: 'Orders',
      msg: 'failed',
      stack: error.stack,
    });
    nest.error(error);
    expect(lines.last).toMatchObject({
      context: 'Orders',
      msg: 'broken',
      err: { type: 'Error', message: 'broken', stack: error.stack, cause: { message: 'deeper' } },
    });
    nest.error('failed', error);
    expect(lines.last).toMatchObject({ msg: 'failed', err: { message: 'broken' } });
    nest.error('without a stack');
    expect(lines.last).toEqual({ level: 'error', context: 'Orders', msg: 'without a stack' });
  });

  it('leaves out what is less severe than its level', () => {
    const { lines, logger: pino } = logger({ level: 'warn' });
    pino.log('no');
    pino.debug('no');
    pino.warn('yes');
    expect(lines.all).toHaveLength(1);
  });

  it('names the message that is being handled', async () => {
    const { lines, logger: pino } = logger();
    await runInMessageScope({ correlationId: 'c-1' }, () => Promise.resolve(pino.log('at work')));
    expect(lines.last).toEqual({ level: 'info', correlation_id: 'c-1', msg: 'at work' });
  });

  it('keeps its own fields apart from those it is given', () => {
    const { lines, logger: pino } = logger();
    pino.log('real', { msg: 'false', level: 'fatal', time: 0 });
    expect(lines.last).toEqual({
      level: 'info',
      msg: 'real',
      msg_: 'false',
      level_: 'fatal',
      time_: 0,
    });
  });

  it.each<[string, unknown]>([
    ['an authorization header', { headers: { Authorization: 'Bearer S3CRETS3CRET' } }],
    ['a bearer key in a text', 'sent authorization: Bearer S3CRETS3CRET to it'],
    [
      'API keys by any spelling',
      { apiKeys: ['S3CRET'], 'x-api-key': 'S3CRET', WEFT_API_KEYS: 'S3CRET' },
    ],
    ['a MongoDB URI in a text', 'connecting to mongodb://me:S3CRET@db.example/weft'],
    ['a MongoDB URI whose password holds an @', 'mongodb+srv://me:p@S3CRET@db.example/weft'],
    ['a MongoDB URI in an error', new Error('no mongodb://me:S3CRET@db')],
    ['the password of a viewer', { session: { session_viewer_password: 'S3CRET' } }],
    ['a viewer token in an address', 'GET /api/sessions/a/events?viewer_token=S3CRET&x=1'],
    ['the signature of a presigned address', 'https://s3/b/k?X-Amz-Signature=S3CRET&a=1'],
    ['credentials of AWS', { credentials: { accessKeyId: 'S3CRET' }, secretAccessKey: 'S3CRET' }],
    ['cookies', { 'set-cookie': ['S3CRET'], cookie: 'S3CRET' }],
    ['a secret in the cause of an error', new Error('a', { cause: { password: 'S3CRET' } })],
    ['a configured secret anywhere', { note: ['the key is my-configured-S3CRET-key indeed'] }],
    ['a configured secret as a name', { 'my-configured-S3CRET-key': 1 }],
  ])('never writes %s', (_name, value) => {
    for (const format of ['json', 'pretty'] as const) {
      const { lines, logger: pino } = logger({ format, secrets: ['my-configured-S3CRET-key'] });
      pino.log(value);
      pino.error('failed', value, 'Context');
      expect(lines.text).not.toBe('');
      expect(lines.text).not.toContain('S3CRET');
    }
  });

  it('takes anything, and writes one bounded line of it', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const unreadable = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('unreadable');
      },
    });
    const odd = [
      unreadable,
      circle,
      5n,
      Symbol('s'),
      () => 1,
      new Date(NaN),
      Buffer.alloc(9e6),
      'x'.repeat(9e6),
      null,
      undefined,
      NaN,
      Object.create(null),
      Array.from({ length: 9e4 }, () => 1),
    ];
    const { lines, logger: pino } = logger();
    for (const value of odd) {
      const before = lines.text.length;
      pino.log(value);
      expect(lines.text.length - before).toBeLessThan(10_000);
    }
    expect(lines.all).toHaveLength(odd.length);
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const count = lines.all.length;
        pino.log('x', value);
        expect(lines.all).toHaveLength(count + 1);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    [
      'lowerCamel',
      {
        metadata: { containsPersonalData: true, entityId: 'Lovelace', eventName: 'X' },
        payload: { email: 'Lovelace' },
      },
    ],
    [
      'snake_case',
      {
        metadata: { contains_personal_data: true, entity_id: 'Lovelace' },
        payload: { email: 'Lovelace' },
      },
    ],
    [
      'PascalCase',
      { Metadata: { ContainsPersonalData: true, EntityId: 'Lovelace' }, Payload: 'Lovelace' },
    ],
    ['JSON in a text', '{"metadata":{"containsPersonalData": true},"payload":"Lovelace"}'],
  ])('keeps out what an event says of a person, in %s', (_name, event) => {
    const { lines, logger: pino } = logger();
    pino.warn({ event }, 'Event refused');
    pino.error(Object.assign(new Error('refused'), { details: { event } }));
    expect(lines.text).toContain('[personal data]');
    expect(lines.text).not.toContain('Lovelace');
  });

  it('writes events that say nothing of a person', () => {
    const { lines, logger: pino } = logger();
    pino.warn(
      { event: { metadata: { containsPersonalData: false, entityId: '7' }, payload: { n: 1 } } },
      'x',
    );
    expect(lines.last).toMatchObject({ event: { metadata: { entityId: '7' }, payload: { n: 1 } } });
  });

  it('keeps a text from steering the terminal', () => {
    const { lines, logger: pino } = logger({ format: 'pretty' });
    pino.log('red \u001b[31m', { field: '\u001b]0;title\u0007', 'k\u001b': 1 });
    expect(lines.text).toContain('INFO');
    expect(lines.text).toContain('red');
    expect(lines.text).not.toMatch(/[^\P{Cc}\n\t]/u);
  });

  it('writes for the eye on a terminal', () => {
    const { lines, logger: pino } = logger({ format: 'pretty' });
    pino.log('listening', { port: 3000 }, 'Main');
    expect(lines.text).toMatch(/^\[[\d:.]+\] INFO: \[Main\] listening\n {4}port: 3000\n$/);
  });
});
