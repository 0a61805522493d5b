import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { afterEach, describe, expect, it } from '@jest/globals';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { CERTIFICATE, operationOf, type AwsDouble, type Recorded } from './support/aws-double.js';
import { ANSWERS, callAll } from './support/every-call.js';
import { NO_STEP } from '../../src/aws/tuned/index.js';
import { VARIANTS } from './support/variants.js';
import { Wire } from './support/wire.js';
import { kindsOf } from './support/kinds.js';

/** They differ between any two calls, or say which headers were signed. */
const OF_ONE_CALL = new Set(['amz-sdk-invocation-id', 'x-amz-date', 'authorization', 'host']);

const comparable = ({ method, url, headers, body }: Recorded): object => ({
  method,
  url,
  headers: Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !OF_ONE_CALL.has(name))
      // The last part says which features of the SDK a call used.
      .map(([name, value]) => [name, String(value).replace(/ m\/\S+$/, '')]),
  ),
  body: body.toString(),
});

const exchange = async (wire: Wire): Promise<[answers: unknown[], AwsDouble]> => {
  const double = await wire.double();
  Object.assign(double.answers, ANSWERS);
  return [await callAll(wire.clients({ endpoint: double.url })), double];
};

describe.each(VARIANTS)('a client on the wire, %s', (_name, steps) => {
  const wire = new Wire(steps);
  const plainWire = new Wire(NO_STEP);
  const trusted = getCACertificates();

  afterEach(async () => {
    await wire.close();
    await plainWire.close();
    setDefaultCACertificates(trusted);
  });

  it('sends every call as the plain client does, signed for its service and region, and returns its answer', async () => {
    const [answers, double] = await exchange(wire);
    const [plainAnswers, plain] = await exchange(plainWire);
    expect(double.faults).toEqual([]);
    expect(double.requests.map(comparable)).toEqual(plain.requests.map(comparable));
    expect(answers).toEqual(plainAnswers);
    const services = new Set(double.requests.map(({ verdict }) => verdict.service));
    expect([...services]).toEqual(['sqs', 'sns']);
    expect(double.requests.map(({ verdict }) => verdict.region)).not.toContain('us-east-1');
    expect(new Set(double.requests.map(operationOf)).size).toBe(answers.length);
  });

  it('names the host and the length of the body', async () => {
    const [, double] = await exchange(wire);
    for (const { headers, body } of double.requests) {
      expect(headers.host).toBe(new URL(double.url).host);
      expect(headers['content-length']).toBe(String(body.length));
    }
  });

  it('signs what goes to an endpoint with a path', async () => {
    const double = await wire.double();
    const aws = wire.clients({ endpoint: `${double.url}/behind a/gateway` });
    await aws.sqs.send(new ListQueuesCommand({}));
    await aws.sns.send(new ListTopicsCommand({}));
    expect(double.faults).toEqual([]);
    expect(double.requests.map(({ url }) => url.replace(/\/$/, ''))).toEqual([
      '/behind%20a/gateway',
      '/behind%20a/gateway',
    ]);
  });

  it('speaks TLS only with hosts whose certificate it trusts', async () => {
    const double = await wire.double('https');
    const strict = wire.clients({ endpoint: double.url, maxAttempts: 1 });
    const refused = await strict.sqs.send(new ListQueuesCommand({})).catch((e: unknown) => e);
    expect(refused).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(kindsOf(refused)).toEqual([]);
    setDefaultCACertificates([CERTIFICATE.slice(CERTIFICATE.indexOf('-----BEGIN CERT'))]);
    await wire.clients({ endpoint: double.url }).sqs.send(new ListQueuesCommand({}));
    expect(double.faults).toEqual([]);
    expect(double.requests).toHaveLength(1);
  });

  it('reads an answer that comes in parts', async () => {
    const double = await wire.double();
    double.script = (_request, response) => {
      const text = Buffer.from(JSON.stringify({ QueueUrls: ['größe'] }));
      response.write(text.subarray(0, 18));
      setImmediate(() => response.end(text.subarray(18)));
      return 'handled';
    };
    const { sqs } = wire.clients({ endpoint: double.url });
    const { QueueUrls: urls } = await sqs.send(new ListQueuesCommand({}));
    expect(urls).toEqual(['größe']);
  });

  it('goes through middleware that is added after the first call', async () => {
    const double = await wire.double();
    const { sqs } = wire.clients({ endpoint: double.url });
    await sqs.send(new ListQueuesCommand({}));
    let seen = 0;
    sqs.middlewareStack.add(
      (next) => (args) => {
        seen += 1;
        return next(args);
      },
      { step: 'build', name: 'counter' },
    );
    await sqs.send(new ListQueuesCommand({}));
    sqs.middlewareStack.remove('counter');
    await sqs.send(new ListQueuesCommand({}));
    expect(seen).toBe(1);
  });
});
