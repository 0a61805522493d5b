import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KeyCachingSigner } from '../../src/aws/tuned/key-caching-signer.js';
import { verify } from './support/signature.js';
import { VARIANTS } from './support/variants.js';
import { Wire } from './support/wire.js';

const HOUR_MS = 3_600_000;

describe.each(VARIANTS)('a client that signs, %s', (variant, steps) => {
  const wire = new Wire(steps);
  // Calls that share the SDK's own signing step take each other's clock for theirs: that is why ours signs each attempt.
  const callsAtOnce = variant === 'cachedMiddleware alone' ? 1 : 5;
  const environment = { ...process.env };

  afterEach(async () => {
    await wire.close();
    process.env = { ...environment };
  });

  it('signs with the session token, where there is one', async () => {
    const double = await wire.double();
    double.identities = { ASIA: { secretAccessKey: 's', sessionToken: 'token' } };
    const credentials = { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 'token' };
    const { sqs, sns } = wire.clients({ endpoint: double.url, credentials });
    await sqs.send(new ListQueuesCommand({}));
    await sns.send(new ListTopicsCommand({}));
    expect(double.requests).toHaveLength(2);
  });

  it('uses rotated credentials while it runs', async () => {
    let nth = 0;
    // As ECS and EKS hand them out: the first two about to expire, the third not.
    const issuer = createServer((_request, response) => {
      nth += 1;
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          AccessKeyId: `AKID${nth}`,
          SecretAccessKey: `secret${nth}`,
          Token: `token${nth}`,
          Expiration: new Date(Date.now() + (nth < 3 ? 60_000 : HOUR_MS)).toISOString(),
        }),
      );
    });
    await new Promise<void>((listening) => issuer.listen(0, '127.0.0.1', listening));
    for (const name of Object.keys(process.env)) {
      if (name.startsWith('AWS_')) Reflect.deleteProperty(process.env, name);
    }
    process.env['HOME'] = '/nowhere';
    process.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'] =
      `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/`;
    try {
      const double = await wire.double();
      double.identities = Object.fromEntries(
        Array.from({ length: 4 }, (_, n) => [
          `AKID${n}`,
          { secretAccessKey: `secret${n}`, sessionToken: `token${n}` },
        ]),
      );
      const { sqs } = wire.clientsOfTheChain({ endpoint: double.url });
      // The SDK renews them beside the calls, which go on with the old ones as long.
      const tokens = (): Set<unknown> =>
        new Set(double.requests.map(({ headers }) => headers['x-amz-security-token']));
      while (tokens().size < 3) await sqs.send(new ListQueuesCommand({}));
      expect(double.faults).toEqual([]);
    } finally {
      issuer.closeAllConnections();
      issuer.close();
    }
  });

  it.each([
    ['behind', HOUR_MS],
    ['ahead', -HOUR_MS],
  ])(
    'corrects a clock that is %s: calls in flight are retried, later ones are right at once',
    async (_where, ms) => {
      const double = await wire.double();
      double.clockAheadMs = ms;
      const { sqs } = wire.clients({ endpoint: double.url });
      const calls = Array.from({ length: callsAtOnce }, () => sqs.send(new ListQueuesCommand({})));
      await expect(Promise.allSettled(calls)).resolves.toEqual(
        calls.map(() => expect.objectContaining({ status: 'fulfilled' })),
      );
      const before = double.requests.length;
      await sqs.send(new ListQueuesCommand({}));
      expect(double.requests).toHaveLength(before + 1);
    },
  );

  it('corrects the clock also for a poll, which is never retried, from the next poll on', async () => {
    const double = await wire.double();
    double.clockAheadMs = HOUR_MS;
    const { sqsPolling } = wire.clients({ endpoint: double.url });
    const poll = new ReceiveMessageCommand({ QueueUrl: `${double.url}/0/q` });
    await expect(sqsPolling.send(poll)).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    await sqsPolling.send(poll);
  });
});

const signerOf = (region: () => string, secret: () => string): KeyCachingSigner =>
  new KeyCachingSigner(
    {
      service: 'sqs',
      region: () => Promise.resolve(region()),
      credentials: () => Promise.resolve({ accessKeyId: 'AKID', secretAccessKey: secret() }),
    },
    () => Promise.reject(new Error('not for this request')),
  );

describe('KeyCachingSigner', () => {
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname: 'sqs',
    path: '/',
    query: {},
    headers: { host: 'sqs', 'content-type': 'text/plain', 'x-amz-meta': '  a   b ' },
    body: 'größe',
  };
  const fault = async (
    signer: KeyCachingSigner,
    secret: string,
    signingDate = new Date('2026-11-21T12:00:00.000Z'),
  ): Promise<string | undefined> => {
    const { headers } = await signer.sign(request, { signingDate });
    const body = Buffer.from(request.body);
    return verify(
      { method: 'POST', url: '/', headers, body },
      { AKID: { secretAccessKey: secret } },
    ).fault;
  };

  it('derives another key for another day, region or secret, and comes back to the old ones', async () => {
    let [region, secret] = ['eu-central-1', 'one'];
    const signer = signerOf(
      () => region,
      () => secret,
    );
    for (const day of ['2026-11-21T23:59:59.999Z', '2026-11-22T00:00:00.000Z'])
      for (region of ['eu-central-1', 'us-gov-west-1', 'eu-central-1'])
        for (secret of ['one', 'two', 'one'])
          expect(await fault(signer, secret, new Date(day))).toBeUndefined();
  });

  it('leaves the request it was given as it was', async () => {
    const headers = { ...request.headers };
    await signerOf(
      () => 'eu-central-1',
      () => 's',
    ).sign(request);
    expect(request.headers).toEqual(headers);
  });

  it.each([
    ['a path', { path: '/base/' }],
    ['a query', { query: { a: 'b' } }],
    ['another method', { method: 'GET' }],
    ['no body in memory', { body: undefined }],
    ['a header in capitals', { headers: { Host: 'sqs' } }],
  ])('leaves a request with %s to the SDK', async (_what, part) => {
    const signer = signerOf(
      () => 'eu-central-1',
      () => 's',
    );
    await expect(signer.sign({ ...request, ...part })).rejects.toThrow('not for this request');
  });
});
