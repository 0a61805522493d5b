import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import dns from 'node:dns';
import { waitFor, waitForCount } from '../support/wait.js';
import { fail, type Script } from './support/aws-double.js';
import { VARIANTS } from './support/variants.js';
import { Wire } from './support/wire.js';
import { kindsOf } from './support/kinds.js';

const once =
  (script: Script): Script =>
  (request, response, nth) =>
    nth === 1 ? script(request, response, nth) : undefined;

const reset: Script = (_request, response) => {
  response.socket?.resetAndDestroy();
  return 'handled';
};
const close: Script = (_request, response) => {
  response.socket?.end();
  return 'handled';
};
const half: Script = (_request, response) => {
  response.writeHead(200, { 'content-length': '100' });
  response.write('{"Queue', () => response.socket?.destroy());
  return 'handled';
};
const silence: Script = () => 'handled';

describe.each(VARIANTS)('a client whose call fails, %s', (_name, steps) => {
  const wire = new Wire(steps);

  afterEach(() => wire.close());

  it.each<[string, Script]>([
    ['503', (_request, response) => fail(response, 503, 'ServiceUnavailable')],
    ['throttling', (_request, response) => fail(response, 400, 'ThrottlingException')],
    ['a reset connection', reset],
    ['a closed connection', close],
    ['half an answer', half],
  ])('retries after %s', async (_what, script) => {
    const double = await wire.double();
    double.script = once(script);
    const { sqs } = wire.clients({ endpoint: double.url });
    const { $metadata: metadata } = await sqs.send(new ListQueuesCommand({}));
    expect(metadata.attempts).toBe(2);
    expect(double.faults).toEqual([]);
    const [first, second] = double.requests.map(({ headers }) => headers);
    expect(first?.['amz-sdk-request']).toBe('attempt=1; max=3');
    expect(second?.['amz-sdk-request']).toBe('attempt=2; max=3');
    expect(second?.['amz-sdk-invocation-id']).toBe(first?.['amz-sdk-invocation-id']);
  });

  it('does not retry a refusal, and repeats the message of AWS', async () => {
    const double = await wire.double();
    double.script = (_request, response) => fail(response, 400, 'QueueDoesNotExist');
    const { sqs } = wire.clients({ endpoint: double.url });
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      $metadata: { httpStatusCode: 400, requestId: 'r', attempts: 1 },
    });
  });

  it.each<[string, Script, object]>([
    ['a reset connection', reset, { name: 'TimeoutError', code: 'ECONNRESET' }],
    ['a closed connection', close, { name: 'TimeoutError', code: 'ECONNRESET' }],
    ['no answer in time', silence, { name: 'TimeoutError', code: 'ETIMEDOUT' }],
    ['half an answer', half, { code: 'ECONNRESET' }],
  ])('reports a lost connection: %s', async (_what, script, expected) => {
    const double = await wire.double();
    double.script = script;
    // Only silence waits for its end: on a busy machine other failures may take as long as a short time-out.
    const timeout = script === silence ? { requestTimeoutMs: 100 } : {};
    const { sqs } = wire.clients({ endpoint: double.url, maxAttempts: 1, ...timeout });
    const failure = await sqs.send(new ListQueuesCommand({})).catch((e: unknown) => e);
    expect(failure).toMatchObject(expected);
    expect(kindsOf(failure)).toEqual(['isConnectionLoss']);
  });

  it('reports throttling', async () => {
    const double = await wire.double();
    double.script = (_request, response) => fail(response, 400, 'ThrottlingException');
    const { sqs } = wire.clients({ endpoint: double.url, maxAttempts: 1 });
    const failure = await sqs.send(new ListQueuesCommand({})).catch((e: unknown) => e);
    expect(kindsOf(failure)).toEqual(['isThrottling']);
  });

  it('gives up on a host that does not take the connection', async () => {
    const aws = wire.clients({
      // An address that is kept for documentation, so nobody answers there.
      endpoint: 'http://192.0.2.1:9',
      maxAttempts: 1,
      connectTimeoutMs: 200,
    });
    const failure = await aws.sns.send(new ListTopicsCommand({})).catch((e: unknown) => e);
    expect(kindsOf(failure)).toEqual(['isConnectionLoss']);
  });

  it('ends a call that is aborted, and its connection', async () => {
    const double = await wire.double();
    double.script = silence;
    const { sqsPolling } = wire.clients({ endpoint: double.url });
    const abort = new AbortController();
    const poll = sqsPolling.send(new ReceiveMessageCommand({ QueueUrl: `${double.url}/0/q` }), {
      abortSignal: abort.signal,
    });
    await waitForCount('requests', () => double.requests, 1);
    abort.abort();
    await expect(poll).rejects.toMatchObject({ name: 'AbortError' });
    await waitFor('every socket to be destroyed', () =>
      [...double.sockets].every((socket) => socket.destroyed),
    );
  });

  it('sends nothing for a call that was aborted before it began', async () => {
    const double = await wire.double();
    const { sqs } = wire.clients({ endpoint: double.url });
    const call = sqs.send(new ListQueuesCommand({}), { abortSignal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    await sqs.send(new ListQueuesCommand({}));
    expect(double.requests).toHaveLength(1);
  });

  it('counts the time a call waits for a connection', async () => {
    const double = await wire.double();
    double.script = silence;
    const { sqs } = wire.clients({ endpoint: double.url, maxAttempts: 1, requestTimeoutMs: 100 });
    const calls = Array.from({ length: 60 }, () => sqs.send(new ListQueuesCommand({})));
    const outcomes = await Promise.allSettled(calls);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ reason: { name: 'TimeoutError' } });
  });

  it('opens no more connections than it may, and uses them again', async () => {
    const double = await wire.double();
    const { sqs } = wire.clients({ endpoint: double.url });
    for (let round = 0; round < 3; round++)
      await Promise.all(Array.from({ length: 70 }, () => sqs.send(new ListQueuesCommand({}))));
    expect(double.requests).toHaveLength(210);
    expect(double.sockets.size).toBeLessThanOrEqual(50);
  });

  it('names every address of a host on which nobody listens', async () => {
    const both = [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ];
    const lookup = jest
      .spyOn(dns, 'lookup')
      .mockImplementation(((_host: string, _options: object, found: (e: null, a: object) => void) =>
        found(null, both)) as never);
    const { sqs } = wire.clients({ endpoint: 'http://two.addresses.example:9', maxAttempts: 1 });
    const error: unknown = await sqs.send(new ListQueuesCommand({})).catch((e: unknown) => e);
    lookup.mockRestore();
    expect(String(error)).toContain(
      'connect ECONNREFUSED 127.0.0.1:9; connect ECONNREFUSED 127.0.0.2:9',
    );
    expect(kindsOf(error)).toEqual(['isConnectionLoss']);
  });
});
