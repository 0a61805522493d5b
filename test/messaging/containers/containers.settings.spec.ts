import { describe, expect, it } from '@jest/globals';
import { containersSettings } from '../../../src/messaging/index.js';
import { ConfigurationError, loadSettings } from '../../../src/platform/config/index.js';

const AWS = { WEFT_STACK: 'aws', AWS_REGION: 'eu-central-1', MONGODB_URI: 'mongodb://db/weft' };
const containersOf = (env: NodeJS.ProcessEnv): unknown =>
  containersSettings.of(loadSettings(env, { sections: [containersSettings] })).containers;

describe('the containers that storage may reach', () => {
  it('are all of them on the embedded stack, unless they are named', () => {
    expect(containersOf({})).toBe('*');
    expect(containersOf({ STORAGE_CONTAINERS: 'raw, curated,raw' })).toEqual(
      new Set(['raw', 'curated']),
    );
  });

  it('must be named on AWS where storage is consumed; elsewhere none is reached unless it is named', () => {
    for (const env of [AWS, { ...AWS, WEFT_CONSUME: 'registry,storage' }]) {
      expect(() => containersOf(env)).toThrow(
        'Missing required environment variable: STORAGE_CONTAINERS (this process consumes storage)',
      );
    }
    expect(containersOf({ ...AWS, WEFT_CONSUME: 'registry' })).toEqual(new Set());
    expect(containersOf({ ...AWS, STORAGE_CONTAINERS: '*' })).toBe('*');
  });

  it('are never the payload bucket', () => {
    const env = { ...AWS, STORAGE_CONTAINERS: 'raw,payloads', WEFT_PAYLOAD_BUCKET: 'payloads' };
    expect(() => containersOf(env)).toThrow(
      'STORAGE_CONTAINERS names payloads, which is the payload bucket',
    );
  });

  it.each(['*,raw', 'Raw', 'a', ',', 'raw;curated', '../raw'])('cannot be %j', (value) => {
    expect(() => containersOf({ STORAGE_CONTAINERS: value })).toThrow(ConfigurationError);
  });
});
