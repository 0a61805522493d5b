import { describe, expect, it } from '@jest/globals';
import { InvalidOptionsError } from '../../../src/transport/index.js';
import { messagingConfig } from '../../../src/transport/pubsub/index.js';

describe('the configuration of typed publish/subscribe from variables', () => {
  it('needs a topic and a region, and nothing else', () => {
    expect(messagingConfig({ AWS_TOPIC_NAME: 'orders', AWS_REGION: 'eu-central-1' })).toEqual({
      aws: { region: 'eu-central-1' },
      environment: 'development',
      topic: 'orders',
    });
  });

  it('takes credentials, an endpoint and an environment where they are set', () => {
    expect(
      messagingConfig({
        AWS_TOPIC_NAME: 'orders',
        AWS_DEFAULT_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'id',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_SESSION_TOKEN: 'token',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
        NODE_ENV: 'production',
      }),
    ).toEqual({
      aws: {
        region: 'eu-west-1',
        endpoint: 'http://127.0.0.1:4566',
        credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
      },
      environment: 'production',
      topic: 'orders',
    });
  });

  it('prefers WEFT_ENVIRONMENT to NODE_ENV, as several stages may run what is built for production', () => {
    const variables = { AWS_TOPIC_NAME: 'orders', AWS_REGION: 'eu-central-1' };
    expect(
      messagingConfig({ ...variables, NODE_ENV: 'production', WEFT_ENVIRONMENT: 'staging' })
        .environment,
    ).toBe('staging');
  });

  it('names every variable that is missing, and half a pair of keys, without its value', () => {
    const variables = { AWS_TOPIC_NAME: '', AWS_SECRET_ACCESS_KEY: 'hush' };
    const read = () => messagingConfig(variables);
    expect(read).toThrow(InvalidOptionsError);
    expect(read).toThrow(
      'Missing required environment variable: AWS_TOPIC_NAME\n' +
        'Missing required environment variable: AWS_REGION\n' +
        'AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID: set both, or neither',
    );
    expect(read).not.toThrow(/hush/);
  });
});
