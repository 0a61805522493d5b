import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { createHash, createHmac, randomUUID, type Hash, type Hmac } from 'node:crypto';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { THROUGHPUT } from '../../bench/cases.js';
import type { ClientConfig, Contender, Course, Queue } from '../../bench/contender.js';
import { signerOf } from '../../bench/contenders/sign.js';
import { Meter, type Measured } from '../../bench/meter.js';
import { bodyOf } from '../../bench/order.js';
import { loadOf } from '../../bench/throughput.js';

const MESSAGES = 100;

let embedded: EmbeddedAws;
let clientConfig: ClientConfig;
beforeAll(async () => {
  embedded = await EmbeddedAws.start();
  const { region, endpoint = '', credentials } = embedded.clientOptions();
  if (!credentials) throw new Error('The embedded stack has credentials');
  clientConfig = { region, endpoint, credentials };
});
afterAll(() => embedded.stop());

/** Of a case; but jest cannot load @ssut/nestjs-sqs, which requires modules that import it. */
const namesOf = (caseName: string): string[] =>
  (caseOf(caseName)?.contenders ?? [])
    .map(({ name }) => name)
    .filter((name) => name !== '@ssut/nestjs-sqs');

const caseOf = (name: string) => THROUGHPUT.find((one) => one.name === name);
const contenderOf = (caseName: string, name: string): Contender => {
  const found = caseOf(caseName)?.contenders.find((one) => one.name === name);
  if (!found) throw new Error(`No ${name} in ${caseName}`);
  return found;
};

async function queue(): Promise<Queue> {
  const name = `bench-${randomUUID()}`;
  const sqs = new SQSClient(clientConfig);
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  sqs.destroy();
  return { name, url };
}

async function run(contender: Contender, on: Queue): Promise<Measured> {
  const meter = new Meter(0, MESSAGES);
  const course: Course = {
    clientConfig,
    queues: [on],
    messages: MESSAGES,
    body: bodyOf(284),
    waitTimeS: 1,
    handle: () => {
      meter.done();
      return undefined;
    },
    done: meter.done,
  };
  const running = await contender.start(course);
  const measured = await meter.measured;
  const stopped = running.stop();
  embedded.endLongPolls();
  await stopped;
  return measured;
}

describe('every contender counts what it does', () => {
  it.each(namesOf('publish'))('sending: %s', async (name) => {
    const { callsPer1000, cpuUsPerMessage } = await run(
      contenderOf('publish', name),
      await queue(),
    );
    expect(callsPer1000).toBeGreaterThanOrEqual(100);
    expect(cpuUsPerMessage).toBeGreaterThan(0);
  });

  it.each(namesOf('consume'))('receiving: %s', async (name) => {
    const on = await queue();
    await run(contenderOf('publish', 'bare SDK loop'), on);
    const { callsPer1000 } = await run(contenderOf('consume', name), on);
    // Receives alone are 100; the last deletes come after the last message.
    expect(callsPer1000).toBeGreaterThanOrEqual(100);
  });

  it.each(['naive SDK round trip', 'Weft'])('requesting: %s', async (name) => {
    const { latenciesMs } = await run(contenderOf('request-64', name), await queue());
    expect(latenciesMs).toHaveLength(MESSAGES);
    expect(Math.min(...latenciesMs)).toBeGreaterThan(0);
  });
});

it('a body has the bytes asked for', () => {
  for (const bytes of [284, 10_000, 200_000]) expect(Buffer.byteLength(bodyOf(bytes))).toBe(bytes);
});

it('a contender that makes a call for each message gets its share of messages and of the warm-up', () => {
  const bench = caseOf('consume');
  if (!bench) throw new Error('No consume');
  const single = contenderOf('consume', 'sqs-consumer');
  expect(loadOf(bench, contenderOf('consume', 'Weft'))).toEqual({
    messages: 120_000,
    warmUp: 60_000,
  });
  expect(loadOf(bench, single)).toEqual({ messages: 60_000, warmUp: 30_000 });
  expect(loadOf(bench, single, 200)).toEqual({ messages: 100, warmUp: 50 });
});

it('the floor signs as the SDK does', async () => {
  class Sha256 {
    readonly #hash: Hash | Hmac;
    constructor(key?: string | Uint8Array) {
      this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key);
    }
    update(data: string | Uint8Array): void {
      this.#hash.update(data);
    }
    digest(): Promise<Uint8Array> {
      return Promise.resolve(this.#hash.digest());
    }
  }
  const body = '{"QueueUrl":"q"}';
  const { authorization, ...headers } = signerOf(clientConfig, 'ReceiveMessage')(body);
  const [, year, month, day, hour, minute, second] =
    /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(headers['x-amz-date'] ?? '') ?? [];
  const signer = new SignatureV4({
    service: 'sqs',
    region: clientConfig.region,
    credentials: clientConfig.credentials,
    sha256: Sha256 as never,
    applyChecksum: false,
  });
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname: '',
    path: '/',
    query: {},
    headers,
    body,
  };
  const signed = await signer.sign(request, {
    signingDate: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  });
  expect(signed.headers['authorization']).toBe(authorization);
});
