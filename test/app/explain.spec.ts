import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../src/aws/index.js';
import { explain } from '../../src/app/explain.js';
import { StoreUnavailableError } from '../../src/platform/persistence/index.js';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
  code: 'ECONNREFUSED',
});

describe('an error of a command, as the terminal shows it', () => {
  it('names the remedy where AWS cannot be reached', () => {
    expect(explain(refused)).toBe(
      'AWS cannot be reached: connect ECONNREFUSED 127.0.0.1:1. Check AWS_REGION and AWS_ENDPOINT_URL, and the route out of this network and its DNS',
    );
  });

  it('names the remedy where AWS refuses the credentials', () => {
    const denied = Object.assign(new Error('The security token is invalid.'), {
      name: 'UnrecognizedClientException',
    });
    expect(explain(denied)).toBe(
      'AWS refused a call: UnrecognizedClientException: The security token is invalid. Check the credentials and their policies; "weft doctor" names each right that is missing',
    );
  });

  it('names the remedy where a service fails, as the embedded stack does on a full disk', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end('{"statusCode":500,"message":"database or disk is full"}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const aws = new AwsClients({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    const thrown: unknown = await aws.sns.send(new ListTopicsCommand({})).catch((error) => error);
    aws.destroy();
    server.close();
    expect(explain(thrown)).toMatch(
      /^A service failed to answer a call: .+\. Try again; if it is the embedded stack, look whether the disk of WEFT_DATA_DIR is full$/,
    );
  });

  it('does not take documents that cannot be reached for AWS', () => {
    const error = new StoreUnavailableError('MongoDB cannot be reached (jobs)', refused);
    expect(explain(error)).toBe('MongoDB cannot be reached (jobs)');
  });

  it('shows the path of a file that cannot be used, and no stack', () => {
    let error: unknown;
    try {
      mkdirSync('/dev/null/schemas');
    } catch (thrown) {
      error = thrown;
    }
    expect(explain(error)).toBe("ENOTDIR: not a directory, mkdir '/dev/null/schemas'");
  });

  it('shows the stack of any other error, which is a fault of this program', () => {
    expect(explain(new TypeError('x is not a function'))).toContain('explain.spec');
  });
});
