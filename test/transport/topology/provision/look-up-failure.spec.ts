import { describe, expect, it } from '@jest/globals';
import { defineTopology, SnsSqsClient } from '../../../../src/transport/index.js';
import { explained } from '../../../../src/transport/topology/provision/look-up-failure.js';

const REGION = 'eu-central-1';
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

describe('a topology that cannot be looked up', () => {
  it.each([
    [
      'CredentialsProviderError',
      'Could not load credentials from any providers',
      'AWS_ACCESS_KEY_ID',
    ],
    ['AccessDenied', 'User: x is not authorized to perform: sqs:getqueueurl', 'iamPolicies()'],
    ['InvalidClientTokenId', 'The security token is invalid.', 'whose credentials'],
  ])('names region, cause and remedy of %s, whose name stays', (name, message, remedy) => {
    const error = named(name, message);
    expect(explained(explained(error, REGION), REGION)).toBe(error);
    expect(error.name).toBe(name);
    expect(error.message).toMatch(
      /^The topology cannot be looked up in AWS \(eu-central-1\): [^.]+\. (?!The topology)/,
    );
    expect(error.message).toContain(message.replace(/\.$/, ''));
    expect(error.message).toContain(remedy);
  });

  it('leaves every other error as it is', () => {
    const error = named('ValidationError', 'The name is too long');
    expect(explained(error, REGION)).toBe(error);
    expect(error.message).toBe('The name is too long');
    expect(explained('refused', REGION)).toBe('refused');
  });

  it('names an endpoint that does not answer', async () => {
    const client = new SnsSqsClient({
      topology: defineTopology({ queues: [{ name: 'jobs', patterns: ['job.*'] }] }),
      aws: {
        region: REGION,
        endpoint: 'http://127.0.0.1:9',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 1,
      },
    });
    await expect(client.connect()).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message:
        'The topology cannot be looked up in AWS (eu-central-1): connect ECONNREFUSED 127.0.0.1:9. ' +
        'Check aws.region, the endpoint (aws.endpoint, or AWS_ENDPOINT_URL) and the network',
    });
    await client.close();
  });
});
