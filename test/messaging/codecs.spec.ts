import { describe, expect, it } from '@jest/globals';
import { eventCodec, resultCodec } from '../../src/messaging/index.js';
import { Event, Result } from '../../src/protocol/index.js';

const timestamp = '2026-01-26T10:30:45.123456+00:00';

const packet = (data: unknown) => ({ id: 'm1', pattern: 'p', data, correlationId: 'c0' });
const received = (body: string) => ({
  messageId: 'm1',
  body,
  attributes: new Map<string, string>(),
});

describe('The codec of Results', () => {
  it('writes every field in order, nulls and empty lists too, with String attributes', () => {
    const result = Result.success({
      correlation_id: 'c1',
      data: { a: 1 },
      handler: 'storage',
      timestamp,
    });
    expect(resultCodec.encode(packet(result))).toEqual({
      body: `{"status":"success","data":{"a":1},"errors":[],"correlation_id":"c1","job_id":null,"step_id":null,"duration_ms":0,"timestamp":"${timestamp}","handler":"storage","inputs":[],"outputs":[],"executions":[]}`,
      attributes: {
        status: { type: 'String', value: 'success' },
        correlation_id: { type: 'String', value: 'c1' },
        handler: { type: 'String', value: 'storage' },
      },
    });
  });

  it('leaves out the attribute of a handler that is not known', () => {
    const result = Result.error({ correlation_id: 'c1', errors: ['x'] });
    expect(Object.keys(resultCodec.encode(packet(result)).attributes)).toEqual([
      'status',
      'correlation_id',
    ]);
  });

  it('reads every Result under one pattern', () => {
    expect(resultCodec.decode(received('{"status":"error","correlation_id":"c1"}'))).toEqual({
      pattern: 'result',
      data: { status: 'error', correlation_id: 'c1' },
      correlationId: 'c1',
    });
  });

  it.each(['{', '[]', 'null', '"x"'])('refuses %s', (body) => {
    expect(() => resultCodec.decode(received(body))).toThrow(/JSON/);
  });

  it('writes nothing but a Result', () => {
    expect(() => resultCodec.encode(packet({ status: 'success' }))).toThrow(
      'resultCodec sends Result objects only',
    );
  });
});

describe('The codec of Events', () => {
  it('writes every field in order, with String attributes', () => {
    const event = new Event({ type: 'a.done', correlation_id: 'c1', timestamp });
    expect(eventCodec.encode(packet(event))).toEqual({
      body: `{"type":"a.done","payload":{},"correlation_id":"c1","timestamp":"${timestamp}","source":null}`,
      attributes: {
        type: { type: 'String', value: 'a.done' },
        correlation_id: { type: 'String', value: 'c1' },
      },
    });
  });

  it('reads an Event under a pattern of its type', () => {
    const body = '{"type":"a.done","correlation_id":"c1"}';
    expect(eventCodec.decode(received(body))).toMatchObject({
      pattern: 'event.a.done',
      correlationId: 'c1',
    });
  });

  it.each(['{', '[]', '{}', '{"type":7}', '{"type":""}'])('refuses %s', (body) => {
    expect(() => eventCodec.decode(received(body))).toThrow(/JSON|no type/);
  });
});
