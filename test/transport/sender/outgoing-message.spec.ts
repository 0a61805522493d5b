import { describe, expect, it } from '@jest/globals';
import { messageBytes, outgoingMessage } from '../../../src/transport/sender/outgoing-message.js';

const QUEUE = { kind: 'queue', fifo: false } as const;
const FIFO = { kind: 'queue', fifo: true } as const;
const TOPIC = { kind: 'topic', fifo: false } as const;

const encoded = { body: '{"a":1}', attributes: { codec: { type: 'String', value: 'c' } } } as const;
const own = { pattern: { type: 'String', value: 'job.run' } } as const;
const text = (value: string) => ({ DataType: 'String', StringValue: value });

describe('a message on its way out', () => {
  it('has what the codec wrote, what its record asks for and what the transport adds', () => {
    const options = { group: 'g', delayS: 900, attributes: { tenant: 'acme' } };
    expect(outgoingMessage('i', { ...encoded, subject: 'Job' }, options, own, QUEUE)).toEqual({
      id: 'i',
      body: '{"a":1}',
      attributes: { tenant: text('acme'), codec: text('c'), pattern: text('job.run') },
      subject: 'Job',
      group: 'g',
      delayS: 900,
    });
  });

  it('has the attributes of codec and transport where its record asks for none', () => {
    expect(outgoingMessage('i', encoded, {}, own, QUEUE).attributes).toEqual({
      codec: text('c'),
      pattern: text('job.run'),
    });
  });

  it('has what the transport adds where its codec has written the same attribute', () => {
    const written = {
      ...encoded,
      attributes: { pattern: { type: 'String', value: 'other' } },
    } as const;
    expect(outgoingMessage('i', written, {}, own, QUEUE).attributes).toMatchObject({
      pattern: text('job.run'),
    });
  });

  it('takes a subject for a queue, which sends none, however it is written', () => {
    const subject = 'two\nlines';
    expect(outgoingMessage('i', { ...encoded, subject }, {}, own, QUEUE).subject).toBe(subject);
  });

  it.each(['a b', 'x', 'x'.repeat(99)])('has the subject %j, which SNS takes', (subject) => {
    expect(outgoingMessage('i', { ...encoded, subject }, {}, own, TOPIC).subject).toBe(subject);
  });

  it('refuses a subject that would make SNS refuse the whole batch, and says what would be right', () => {
    const subject = 'two\u2029paragraphs';
    expect(() => outgoingMessage('i', { ...encoded, subject }, {}, own, TOPIC)).toThrow(
      'A subject has 1 to 99 characters',
    );
  });

  it.each([
    [
      'a group that SQS does not take',
      { group: 'two words' },
      QUEUE,
      'A message group has 1 to 128',
    ],
    ['an id that SQS does not take', { id: 'ü' }, QUEUE, 'A message id has 1 to 128'],
    ['half a second', { delayS: 0.5 }, QUEUE, 'A delay is a whole number of seconds'],
    ['no group on FIFO', {}, FIFO, 'A FIFO destination needs a message group'],
    ['a delay of none on a topic', { delayS: 0 }, TOPIC, 'SNS cannot delay a message'],
    [
      'a delay of none on FIFO',
      { group: 'g', delayS: 0 },
      FIFO,
      'set it on the queue, or give the client a store',
    ],
    [
      'more than 900 s',
      { delayS: 901 },
      QUEUE,
      'SQS delays a message for 900 s at most, not for 901 s: delay it less, or give the client a store',
    ],
  ])('refuses %s, and says what would be right', (_what, options, destination, message) => {
    expect(() => outgoingMessage('i', encoded, options, own, destination)).toThrow(message);
  });

  it.each([
    ['a topic takes', {}, TOPIC],
    ['a queue takes', { delayS: 0 }, QUEUE],
    ['a FIFO queue takes', { group: 'g' }, FIFO],
    ['a queue takes with an id', { id: 'i', group: 'g', delayS: 900 }, QUEUE],
  ])('passes what %s', (_what, options, destination) => {
    expect(outgoingMessage('i', encoded, options, own, destination).id).toBe('i');
  });

  it('names every attribute that only the transport writes', () => {
    const options = { attributes: { pattern: 'theirs', tenant: 'acme', codec: 'theirs' } };
    expect(() => outgoingMessage('i', encoded, options, own, QUEUE)).toThrow(
      'The attribute pattern, codec is written by the transport: choose another name',
    );
  });

  it('has the trace of the transport where a hook wrote one as well', () => {
    const ours = { type: 'String', value: 'ours' } as const;
    const options = { attributes: { traceparent: 'theirs', tracestate: 'theirs' } };
    for (const traced of [{ traceparent: ours }, { traceparent: ours, tracestate: ours }])
      expect(outgoingMessage('i', encoded, options, traced, QUEUE).attributes).toMatchObject({
        traceparent: text('ours'),
        tracestate: text('tracestate' in traced ? 'ours' : 'theirs'),
      });
  });

  it('has as many bytes as SNS and SQS count: body, names, types and values', () => {
    const message = outgoingMessage('i', { ...encoded, body: 'é' }, {}, own, QUEUE);
    expect(messageBytes(message)).toBe(
      2 + 'codec'.length + 'String'.length + 1 + 'pattern'.length + 'String'.length + 7,
    );
  });
});
