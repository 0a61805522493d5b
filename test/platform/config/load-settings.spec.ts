import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  ConfigurationError,
  loadSettings,
  type Settings,
} from '../../../src/platform/config/index.js';

const KEY = 'k'.repeat(20);
const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:orders';
const URI = 'mongodb://user:very-secret@db.example/weft';
const AWS = { WEFT_STACK: 'aws', AWS_REGION: 'eu-central-1', MONGODB_URI: URI };

function faultsOf(env: NodeJS.ProcessEnv): ConfigurationError['faults'] {
  try {
    loadSettings(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

const faulty = (env: NodeJS.ProcessEnv): string[] => faultsOf(env).map((fault) => fault.variable);

describe('loadSettings', () => {
  it('needs nothing on a bare machine', () => {
    expect(loadSettings({}, { terminal: false })).toEqual({
      stack: 'embedded',
      stackReason: 'neither NODE_ENV=production nor AWS_ENDPOINT_URL is set',
      production: false,
      serviceName: 'weft',
      region: 'us-east-1',
      endpoints: {},
      dataDir: '.weft',
      http: { host: '127.0.0.1', port: 3000, apiKeys: [] },
      messaging: {
        topicPrefix: 'pudato-',
        provision: 'create',
        consume: 'all',
        snsHttpTopics: [],
        maxReceiveCount: 5,
        payloadBucket: 'weft-payloads',
      },
      idempotency: { store: 'documents', ttlS: 432_000 },
      log: { level: 'info', format: 'json' },
      sections: new Map(),
      likelyTypos: [],
      secrets: expect.any(Array),
    });
  });

  it('reads every setting', () => {
    const settings = loadSettings({
      NODE_ENV: 'production',
      AWS_REGION: 'eu-central-1',
      AWS_ENDPOINT_URL: 'https://aws.example',
      AWS_ENDPOINT_URL_SNS: 'https://sns.example',
      AWS_ENDPOINT_URL_SQS: 'https://sqs.example',
      AWS_ENDPOINT_URL_S3: 'https://s3.example',
      AWS_ENDPOINT_URL_DYNAMODB: 'https://dynamodb.example',
      MONGODB_URI: URI,
      WEFT_DATA_DIR: ':memory:',
      HOST: '0.0.0.0',
      PORT: '0',
      WEFT_API_KEYS: `${KEY}1, ${KEY}2,`,
      WEFT_TOPIC_PREFIX: 'mine_',
      WEFT_PROVISION: 'off',
      WEFT_CONSUME: 'storage, registry',
      WEFT_SNS_HTTP_TOPICS: `${TOPIC},`,
      WEFT_CONCURRENCY: '32',
      WEFT_PAYLOAD_BUCKET: 'my.payloads',
      IDEMPOTENCY_TABLE_NAME: 'my.table',
      IDEMPOTENCY_TTL_DAYS: '14',
      WEFT_MAX_RECEIVE_COUNT: '3',
      SERVICE_NAME: 'billing/eu',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'pretty',
    });
    expect(settings).toEqual({
      stack: 'aws',
      stackReason: 'NODE_ENV=production',
      production: true,
      serviceName: 'billing/eu',
      otlpEndpoint: 'http://127.0.0.1:4318',
      region: 'eu-central-1',
      endpoint: 'https://aws.example',
      endpoints: {
        sns: 'https://sns.example',
        sqs: 'https://sqs.example',
        s3: 'https://s3.example',
        dynamodb: 'https://dynamodb.example',
      },
      mongodbUri: URI,
      dataDir: ':memory:',
      http: { host: '0.0.0.0', port: 0, apiKeys: [`${KEY}1`, `${KEY}2`] },
      messaging: {
        topicPrefix: 'mine_',
        provision: 'off',
        consume: ['storage', 'registry'],
        snsHttpTopics: [TOPIC],
        maxReceiveCount: 3,
        concurrency: 32,
        payloadBucket: 'my.payloads',
      },
      idempotency: { store: 'dynamodb', tableName: 'my.table', ttlS: 14 * 24 * 3600 },
      log: { level: 'debug', format: 'pretty' },
      sections: new Map(),
      likelyTypos: [],
      secrets: expect.any(Array),
    });
  });

  it.each(['Production', 'PRODUCTION', ' production '])(
    'NODE_ENV=%s is production: keys are required, and the stack is aws',
    (NODE_ENV) => {
      expect(() => loadSettings({ ...AWS, WEFT_STACK: '', NODE_ENV })).toThrow('WEFT_API_KEYS');
      const settings = loadSettings({ ...AWS, WEFT_STACK: '', NODE_ENV, WEFT_API_KEYS: KEY });
      expect(settings).toMatchObject({ production: true, stack: 'aws' });
    },
  );

  it.each([
    'mongodb://a,b:27018,[::1]:27019/weft?replicaSet=r',
    'mongodb+srv://user:p%40ss@cluster.example/?retryWrites=true',
    'mongodb://%2Ftmp%2Fmongodb-27017.sock/weft',
    'mongodb://user:p%2Fw@h?tls=true',
  ])('MONGODB_URI may be %s', (MONGODB_URI) => {
    expect(loadSettings({ ...AWS, MONGODB_URI }).mongodbUri).toBe(MONGODB_URI);
  });

  it.each<[NodeJS.ProcessEnv, Settings['stack'], string]>([
    [{}, 'embedded', 'neither NODE_ENV=production nor AWS_ENDPOINT_URL is set'],
    [{ ...AWS }, 'aws', 'WEFT_STACK=aws'],
    [
      { ...AWS, WEFT_STACK: '', NODE_ENV: 'production', WEFT_API_KEYS: KEY },
      'aws',
      'NODE_ENV=production',
    ],
    [
      { ...AWS, WEFT_STACK: '', AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' },
      'aws',
      'AWS_ENDPOINT_URL is set',
    ],
    [
      { WEFT_STACK: 'embedded', AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' },
      'embedded',
      'WEFT_STACK=embedded',
    ],
    [
      { WEFT_STACK: 'embedded', NODE_ENV: 'production', WEFT_API_KEYS: KEY },
      'embedded',
      'WEFT_STACK=embedded',
    ],
  ])('chooses the stack and says why (%j)', (env, stack, stackReason) => {
    expect(loadSettings(env)).toMatchObject({ stack, stackReason });
  });

  it('never uses the embedded stack in production unless it was said outright', () => {
    expect(faulty({ NODE_ENV: 'production' })).toEqual([
      'AWS_REGION',
      'MONGODB_URI',
      'WEFT_API_KEYS',
    ]);
  });

  it('sends nothing to an endpoint when the stack is embedded', () => {
    const settings = loadSettings({
      WEFT_STACK: 'embedded',
      AWS_ENDPOINT_URL: 'http://elsewhere',
      AWS_ENDPOINT_URL_S3: 'http://elsewhere',
    });
    expect(settings.endpoint).toBeUndefined();
    expect(settings.endpoints).toEqual({});
  });

  it.each([
    ['http://127.0.0.1:4566', 'create'],
    ['http://localhost:4566', 'create'],
    ['http://[::1]:4566', 'create'],
    ['https://aws.example', 'verify'],
    ['', 'verify'],
  ])('provisions at the endpoint %j as "%s"', (AWS_ENDPOINT_URL, provision) => {
    expect(loadSettings({ ...AWS, AWS_ENDPOINT_URL }).messaging.provision).toBe(provision);
  });

  it('puts no payload anywhere on AWS unless told where', () => {
    expect(loadSettings(AWS).messaging.payloadBucket).toBeUndefined();
  });

  it.each([
    ['INFO', 'info'],
    ['Debug', 'debug'],
    ['WARNING', 'warn'],
    ['CRITICAL', 'fatal'],
  ])('reads LOG_LEVEL %s as %s', (LOG_LEVEL, level) => {
    expect(loadSettings({ LOG_LEVEL }).log.level).toBe(level);
  });

  it('takes AWS_DEFAULT_REGION where AWS_REGION is missing', () => {
    const env = { ...AWS, AWS_REGION: '', AWS_DEFAULT_REGION: 'us-west-2' };
    expect(loadSettings(env).region).toBe('us-west-2');
  });

  it('serves other machines only with keys', () => {
    expect(faulty({ HOST: '0.0.0.0' })).toEqual(['HOST']);
    expect(faulty({ HOST: '::' })).toEqual(['HOST']);
    expect(faulty({ HOST: 'localhost' })).toEqual([]);
    expect(faulty({ HOST: '::1' })).toEqual([]);
    expect(faulty({ HOST: '0.0.0.0', WEFT_API_KEYS: KEY })).toEqual([]);
  });

  it('names each required variable that is missing in a line of its own', () => {
    expect(() => loadSettings({ WEFT_STACK: 'aws' })).toThrow(
      [
        '2 settings are wrong:',
        '  Missing required environment variable: AWS_REGION (the stack is aws: WEFT_STACK=aws). Set it to a region such as eu-central-1.',
        '  Missing required environment variable: MONGODB_URI (the stack is aws: WEFT_STACK=aws). Set it to a mongodb:// or mongodb+srv:// URI, or set WEFT_STACK=embedded.',
      ].join('\n'),
    );
  });

  it('names every fault at once, with its remedy', () => {
    const env = { WEFT_STACK: 'cloud', PORT: '70000', WEFT_CONCURRENCY: '0', LOG_LEVEL: 'loud' };
    expect(() => loadSettings(env)).toThrow(
      [
        '4 settings are wrong:',
        '  WEFT_STACK is "cloud". Set it to aws or embedded, or leave it out (default: aws if NODE_ENV=production or AWS_ENDPOINT_URL is set, else embedded).',
        '  PORT is "70000". Set it to a whole number from 0 to 65535, or leave it out (default: 3000).',
        '  WEFT_CONCURRENCY is "0". Set it to a whole number from 1 to 10000, or leave it out (default: what measurement showed best).',
        '  LOG_LEVEL is "loud". Set it to fatal (or critical), error, warn (or warning), info, debug, trace or silent, in any case, or leave it out (default: info).',
      ].join('\n'),
    );
  });

  it('names a variable that looks like a setting which is not set, whatever its case', () => {
    const { likelyTypos } = loadSettings({
      WEFT_STAK: 'aws',
      MONGODB_URL: URI,
      log_level: 'debug',
      // These look like no setting, or like one that is set.
      PROT: '1',
      WEFT_SOMETHING_ELSE: '1',
      AWS_REGION: 'eu-central-1',
      AWS_REGIONS: 'eu-central-1',
    });
    expect(likelyTypos).toEqual([
      { variable: 'WEFT_STAK', meant: 'WEFT_STACK' },
      { variable: 'MONGODB_URL', meant: 'MONGODB_URI' },
      { variable: 'log_level', meant: 'LOG_LEVEL' },
    ]);
  });

  it('names a variable once, and nothing that only follows from it', () => {
    expect(faulty({ WEFT_STACK: 'cloud', NODE_ENV: 'production', WEFT_API_KEYS: 'short' })).toEqual(
      ['WEFT_STACK', 'WEFT_API_KEYS'],
    );
    expect(faulty({ ...AWS, AWS_REGION: '', AWS_DEFAULT_REGION: '!' })).toEqual([
      'AWS_DEFAULT_REGION',
    ]);
  });

  it.each<[keyof NodeJS.ProcessEnv, string[]]>([
    ['PORT', ['-1', '3.5', '0x10', '1e3', 'three', '65536', '99999999999']],
    ['HOST', ['a b', 'a/b', 'http://a', 'a'.repeat(300)]],
    ['AWS_REGION', ['eu', 'EU-CENTRAL-1', 'eu-central-1/../x', 'eu central']],
    [
      'AWS_ENDPOINT_URL',
      ['127.0.0.1:4566', 'ftp://a', 'http://', 'http://user:pass@a', 'javascript:1'],
    ],
    [
      'MONGODB_URI',
      [
        'postgres://a/b',
        'mongodb:/a',
        'mongodb://',
        'http://a',
        'MONGODB://a',
        'mongodb://user:s3cr3t@/weft',
        'mongodb://user:s3cr3t@',
        'mongodb://user:s3cr3t/weft',
        'mongodb://user:s3cr3t@h:27017:s3cr3t/',
        'mongodb://user:s3cr3t@pass@h/x',
      ],
    ],
    ['WEFT_DATA_DIR', ['a\0b', 'a\nb']],
    ['WEFT_API_KEYS', ['short', `${KEY},short`, ',', `${KEY.slice(1)} ${KEY}`, `${KEY}é`]],
    ['WEFT_TOPIC_PREFIX', ['a b', 'a.b', 'a'.repeat(41), '../']],
    ['WEFT_PROVISION', ['CREATE', 'yes']],
    ['WEFT_CONSUME', ['all,storage', 'none,storage', 'Storage', 'a b', ',', '../x']],
    ['WEFT_CONCURRENCY', ['0', '-1', '10001', 'many']],
    ['IDEMPOTENCY_TABLE_NAME', ['ab', 'a/b', 'a b', 't'.repeat(256)]],
    ['IDEMPOTENCY_TTL_DAYS', ['0', '366', '1.5', 'ever']],
    ['WEFT_PAYLOAD_BUCKET', ['A', 'ab', 'a_b', '127.0.0.1', 'bucket/key', 'a'.repeat(64)]],
    ['LOG_LEVEL', ['verbose', 'constructor', '__proto__']],
    ['SERVICE_NAME', ['a b', 'é', 'x'.repeat(101)]],
    ['WEFT_MAX_RECEIVE_COUNT', ['0', '1001', 'many']],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', ['127.0.0.1:4318', 'http://user:pass@a']],
    ['LOG_FORMAT', ['text']],
  ])('refuses bad values of %s', (variable, values) => {
    for (const value of values)
      expect([value, faulty({ ...AWS, [variable]: value })]).toEqual([value, [variable]]);
  });

  it('knows every secret by its value, by the parts of a list and by the password of an address', () => {
    const { secrets } = loadSettings({
      WEFT_API_KEYS: 'first-key-of-the-service, second-key-of-the-service',
      MONGODB_URI: 'mongodb://user:p%40ssword@host/weft',
      AWS_SECRET_ACCESS_KEY: 'of the SDK',
    });
    expect(secrets).toEqual(
      expect.arrayContaining([
        'first-key-of-the-service',
        'second-key-of-the-service',
        'mongodb://user:p%40ssword@host/weft',
        'p@ssword',
        'of the SDK',
      ]),
    );
  });

  it('never prints a secret, however wrong', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('MONGODB_URI', 'WEFT_API_KEYS'),
        (text, variable) => {
          const value = `S3CRET ${text}`;
          const faults = faultsOf({ [variable]: value, PORT: 'x' });
          expect(faults.find((fault) => fault.variable === variable)?.problem).toBe(
            'has a value that cannot be used (not shown)',
          );
          expect(new ConfigurationError(faults).message).not.toContain('S3CRET');
        },
      ),
    );
  });

  it('shows control characters of every kind escaped', () => {
    expect(faultsOf({ ...AWS, WEFT_STACK: 'a\n\u007f\u009b' })[0]?.problem).toBe(
      String.raw`is "a\n\u007f\u009b"`,
    );
  });

  it('either takes a value or refuses it with one line, whatever it is', () => {
    const variables = [
      'WEFT_STACK',
      'PORT',
      'HOST',
      'AWS_ENDPOINT_URL',
      'WEFT_CONSUME',
      'AWS_REGION',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...variables),
        fc.string({ unit: 'binary' }),
        (variable, value) => {
          const faults = faultsOf({ ...AWS, [variable]: value });
          for (const fault of faults) expect(fault.problem).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });

  it('takes no notice of a prototype in the environment', () => {
    const env: unknown = JSON.parse('{"__proto__": {"PORT": "1"}, "constructor": "x"}');
    expect(loadSettings({ ...Object(env) }).http.port).toBe(3000);
  });
});
