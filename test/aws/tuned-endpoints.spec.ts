import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { DeleteQueueCommand, ListQueuesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { AwsClientsOptions } from '../../src/aws/index.js';
import { VARIANTS } from './support/variants.js';
import { Wire } from './support/wire.js';

interface Reached {
  readonly protocol: string;
  readonly hostname: string;
  readonly headers: Readonly<Record<string, string>>;
}

describe.each(VARIANTS)('the endpoint of a call, %s', (_name, steps) => {
  const wire = new Wire(steps);
  const environment = { ...process.env };
  const reached: Reached[] = [];

  beforeEach(() => {
    reached.splice(0);
    for (const name of Object.keys(process.env)) {
      if (name.startsWith('AWS_')) Reflect.deleteProperty(process.env, name);
    }
    process.env['HOME'] = '/nowhere';
  });

  afterEach(async () => {
    await wire.close();
    process.env = { ...environment };
  });

  /** Clients whose requests go as far as the request handler. */
  const clients = (options: Partial<AwsClientsOptions> = {}): ReturnType<Wire['clients']> => {
    const aws = wire.clients(options);
    for (const { config } of [aws.sqs, aws.sqsPolling, aws.sns]) {
      config.requestHandler.handle = (request: Reached) => {
        reached.push(request);
        const isSns = request.headers['x-amz-target'] === undefined;
        const body = Buffer.from(isSns ? '<ListTopicsResponse/>' : '{}');
        return Promise.resolve({ response: { statusCode: 200, headers: {}, body } });
      };
    }
    return aws;
  };
  const hosts = async (options: Partial<AwsClientsOptions> = {}): Promise<string[]> => {
    const aws = clients(options);
    await aws.sqs.send(new ListQueuesCommand({}));
    await aws.sns.send(new ListTopicsCommand({}));
    return reached.splice(0).map(({ protocol, hostname }) => `${protocol}//${hostname}`);
  };

  it.each([
    [
      'eu-central-1',
      'https://sqs.eu-central-1.amazonaws.com',
      'https://sns.eu-central-1.amazonaws.com',
    ],
    [
      'cn-north-1',
      'https://sqs.cn-north-1.amazonaws.com.cn',
      'https://sns.cn-north-1.amazonaws.com.cn',
    ],
    [
      'us-gov-west-1',
      'https://sqs.us-gov-west-1.amazonaws.com',
      'https://sns.us-gov-west-1.amazonaws.com',
    ],
  ])('is that of %s', async (region, ...expected) => {
    expect(await hosts({ region })).toEqual(expected);
  });

  it('is the FIPS or dual-stack one where the environment of the SDK asks for it', async () => {
    process.env['AWS_USE_FIPS_ENDPOINT'] = 'true';
    expect(await hosts({ region: 'us-east-1' })).toEqual([
      'https://sqs-fips.us-east-1.amazonaws.com',
      'https://sns-fips.us-east-1.amazonaws.com',
    ]);
    process.env['AWS_USE_DUALSTACK_ENDPOINT'] = 'true';
    expect(await hosts({ region: 'us-east-1' })).toEqual([
      'https://sqs-fips.us-east-1.api.aws',
      'https://sns-fips.us-east-1.api.aws',
    ]);
    process.env['AWS_USE_FIPS_ENDPOINT'] = 'false';
    expect(await hosts()).toEqual([
      'https://sqs.eu-central-1.api.aws',
      'https://sns.eu-central-1.api.aws',
    ]);
  });

  it('is the one of AWS_ENDPOINT_URL_SQS where that is set', async () => {
    process.env['AWS_ENDPOINT_URL_SQS'] = 'http://elsewhere.example:1234';
    await clients().sqs.send(new ListQueuesCommand({}));
    expect(reached).toEqual([
      expect.objectContaining({ protocol: 'http:', hostname: 'elsewhere.example', port: 1234 }),
    ]);
    expect(reached[0]?.headers['host']).toBe('elsewhere.example:1234');
  });

  it('has its region taken from a pseudo region for the signature', async () => {
    await clients({ region: 'fips-us-west-2' }).sqs.send(new ListQueuesCommand({}));
    expect(reached[0]?.hostname).toBe('sqs-fips.us-west-2.amazonaws.com');
    expect(reached[0]?.headers['authorization']).toContain('/us-west-2/sqs/aws4_request');
  });

  it.each([
    [
      'a FIPS endpoint of the environment',
      { AWS_USE_FIPS_ENDPOINT: 'true' },
      {},
      'sqs-fips.eu-central-1.amazonaws.com',
    ],
    [
      'a dual-stack endpoint of the environment',
      { AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      {},
      'sqs.eu-central-1.api.aws',
    ],
    [
      'a VPC endpoint of the environment',
      { AWS_ENDPOINT_URL_SQS: 'https://vpce-1.example' },
      {},
      'vpce-1.example',
    ],
    [
      'a VPC endpoint of the options',
      {},
      { endpoints: { sqs: 'https://vpce-2.example' } },
      'vpce-2.example',
    ],
  ])('is %s, whatever host the queue URL names', async (_what, variables, options, host) => {
    Object.assign(process.env, variables);
    const aws = clients(options);
    const url = 'https://sqs.eu-central-1.amazonaws.com/111122223333/orders';
    await aws.sqs.send(new ListQueuesCommand({}));
    await aws.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    await aws.sqsPolling.send(new ReceiveMessageCommand({ QueueUrl: url }));
    expect(reached.map(({ hostname }) => hostname)).toEqual([host, host, host]);
  });

  it('is the endpoint_url of a profile for S3 as well, with the bucket in the path', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'weft-profile-'));
    writeFileSync(
      join(folder, 'config'),
      '[default]\nendpoint_url = http://emulator.example:4566\n',
    );
    process.env['AWS_CONFIG_FILE'] = join(folder, 'config');
    const { s3 } = wire.clients();
    const asked: string[] = [];
    s3.config.requestHandler.handle = ({ hostname, path }: { hostname: string; path: string }) => {
      asked.push(`${hostname}${path}`);
      return Promise.resolve({
        response: { statusCode: 200, headers: { etag: '"e"' }, body: Readable.from(['']) },
      });
    };
    await s3.send(new GetObjectCommand({ Bucket: 'payloads', Key: 'a b' }));
    expect(asked).toEqual(['emulator.example/payloads/a%20b']);
    rmSync(folder, { recursive: true });
  });

  it('is AWS itself, whatever proxies the environment names', async () => {
    const double = await wire.double();
    const proxy = await wire.double();
    const child = fileURLToPath(new URL('support/one-call.ts', import.meta.url));
    const hooks = new URL('../support/ts-hooks.js', import.meta.url).href;
    await promisify(execFile)(
      process.execPath,
      ['--import', hooks, child, double.url, JSON.stringify(steps)],
      {
        env: {
          PATH: environment['PATH'],
          NODE_USE_ENV_PROXY: '1',
          HTTP_PROXY: proxy.url,
          HTTPS_PROXY: proxy.url,
        },
      },
    );
    expect(double.requests).toHaveLength(1);
    expect(proxy.requests).toHaveLength(0);
  });
});
