import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { handler } from '../../src/lambda.js';
import { Command, Result, type JsonObject, type ResultInit } from '../../src/protocol/index.js';
import { InvalidEventError } from '../../src/transport/index.js';
import { sqsEvent, startTestBroker } from '../../src/testing/index.js';
import { OutsideWorld, request, startWholeService } from '../support/service.js';
import { waitFor } from '../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'weft-lambda-'));
const container = 'reports';
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  environment = process.env;
  process.env = {
    ...environment,
    WEFT_STACK: 'embedded',
    WEFT_DATA_DIR: folder,
    LOG_LEVEL: 'silent',
    AWS_REGION: 'us-east-1',
  };
  const broker = await startTestBroker({ dataDir: folder });
  await broker.aws.s3.send(new CreateBucketCommand({ Bucket: container }));
  await broker.stop();
});

afterAll(async () => {
  await handler.close();
  process.env = environment;
  rmSync(folder, { recursive: true, force: true });
});

const event = (queue: string, ...bodies: object[]): object =>
  sqsEvent(
    `arn:aws:sqs:us-east-1:000000000000:${queue}`,
    bodies.map((body, index) => ({ MessageId: `m-${index}`, Body: JSON.stringify(body) })),
  );

const put = (path: string): Command =>
  new Command({
    type: 'storage',
    action: 'put_object',
    correlation_id: path,
    payload: { container, path, body: `This is ${path}` },
  });

const result = (step_id: string | null): Result =>
  Result.success({ correlation_id: 'c', data: {}, step_id });

const registry = (action: string, payload: JsonObject): Command =>
  new Command({ type: 'registry', action, correlation_id: JSON.stringify(payload), payload });
const step = (step_id: string): Command =>
  registry('add_step', {
    job_id: 'job-1',
    step_id,
    step_name: 'load',
    handler_type: 'storage',
    action: 'put_object',
  });

const resultOf = (status: ResultInit['status'], step_id: string, more: Partial<ResultInit> = {}) =>
  new Result({ status, correlation_id: 'c', step_id, ...more });

describe('the service as a Lambda', () => {
  it('answers for each record of the results queue alone', async () => {
    expect(
      await handler(event('pudato-results-queue', result(null), result('step-nobody-knows'))),
    ).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-1' }] });
  });

  it('refuses what is no event of its queues', async () => {
    await expect(handler({ httpMethod: 'GET' })).rejects.toThrow(InvalidEventError);
    await expect(handler(event('orders', {}))).rejects.toThrow('pudato-storage-queue');
  });

  it('does what Commands ask for, and its Results are out before it returns', async () => {
    const unreadable = { type: 'storage' };
    expect(
      await handler(event('pudato-storage-queue', put('a.txt'), unreadable, put('b.txt'))),
    ).toEqual({ batchItemFailures: [] });
    await handler.close();

    const broker = await startTestBroker({ dataDir: folder });
    try {
      const { Body: body } = await broker.aws.s3.send(
        new GetObjectCommand({ Bucket: container, Key: 'b.txt' }),
      );
      expect(await body?.transformToString()).toBe('This is b.txt');
      expect(await broker.depth('pudato-results-queue')).toEqual({ visible: 2, inFlight: 0 });
      expect(await broker.depth('pudato-events-queue')).toEqual({ visible: 2, inFlight: 0 });
      expect(await broker.depth('pudato-storage-queue-dlq')).toEqual({ visible: 1, inFlight: 0 });
    } finally {
      await broker.stop();
    }
  });

  it('takes the good Results of one receive into their steps, and fails for the others one by one', async () => {
    await handler(
      event('pudato-registry-queue', registry('create_job', { job_id: 'job-1', pipeline: 'p' })),
    );
    const names = ['step-good', 'step-bad', 'step-pending', 'step-foreign'];
    expect(await handler(event('pudato-registry-queue', ...names.map(step)))).toEqual({
      batchItemFailures: [],
    });

    const failures = await handler(
      event(
        'pudato-results-queue',
        resultOf('success', 'step-good'),
        resultOf('success', 'step-nobody-knows'),
        resultOf('error', 'step-bad', { errors: ['no room'] }),
        { status: 'done' },
        resultOf('pending', 'step-pending'),
        resultOf('error', 'step-good', { errors: ['late'] }),
        resultOf('success', 'step-foreign', { job_id: 'job-2' }),
        result(null),
      ),
    );
    // What may come right is redelivered; what never can is in the dead-letter queue with its reason.
    expect(failures).toEqual({ batchItemFailures: [{ itemIdentifier: 'm-1' }] });
    await handler.close();

    const service = await startWholeService({ WEFT_DATA_DIR: folder, WEFT_CONSUME: 'none' });
    try {
      const found = names.map((id) =>
        request<{ status: string; error: string | null }>(service, `/api/steps/${id}`),
      );
      const steps = (await Promise.all(found)).map(({ body: { status, error } }) => [
        status,
        error,
      ]);
      expect(steps).toEqual([
        ['success', null],
        ['failed', 'no room'],
        ['running', null],
        ['pending', null],
      ]);
      const letters = await new OutsideWorld(service).watch('pudato-results-queue-dlq');
      await waitFor('two dead letters', async () => (await letters.receive()).length === 2);
    } finally {
      await service.close();
    }
  });
});
