import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Parser } from '@asyncapi/parser';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { appTopology } from '../../../src/app/app.topology.js';
import { controllersOf } from '../../../src/app/controllers.js';
import { FEATURES } from '../../../src/app/features.js';
import { loadServiceSettings } from '../../../src/app/service-settings.js';
import type {
  AsyncApiDocument,
  Described,
} from '../../../src/features/schemas/asyncapi.document.js';
import { jsonSchemas } from '../../../src/features/schemas/json.schemas.js';
import { describeService } from '../../../src/features/schemas/service.document.js';
import { parseCommand, parseEvent, parseResult } from '../../../src/protocol/index.js';
import {
  defineTopology,
  ValidationFailedError,
  type Topology,
} from '../../../src/transport/index.js';

const settings = loadServiceSettings({ DBT_PROJECT_DIR: 'dbt' });
const controllers = controllersOf(FEATURES.map(({ module }) => module(settings)));
const topology = appTopology(settings);
let described: Described;

beforeAll(async () => {
  described = await describeService(topology, controllers);
});

type Json = Readonly<Record<string, unknown>>;
const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((node, step) => (node as Json | undefined)?.[step], value);

/** @asyncapi/parser's own list of binding versions ends before 0.3.0: the schemas of the bindings are asked themselves. */
async function bindingFaults(document: AsyncApiDocument): Promise<string[]> {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const resolve = createRequire(import.meta.url).resolve;
  ajv.addSchema({ $id: 'http://asyncapi.com/definitions/3.0.0/specificationExtension.json' });
  const check = async (file: string, bindings: readonly unknown[]): Promise<string[]> => {
    const text = await readFile(resolve(`@asyncapi/specs/bindings/${file}.json`), 'utf8');
    const valid = ajv.compile(JSON.parse(text) as Json);
    return bindings
      .filter((binding) => binding !== undefined)
      .flatMap((binding) => (valid(binding) ? [] : [`${file}: ${ajv.errorsText(valid.errors)}`]));
  };
  const channels = Object.values(document.channels);
  const operations = Object.values(document.operations);
  return [
    ...(await check(
      'sqs/0.3.0/channel',
      channels.map((one) => at(one, 'bindings', 'sqs')),
    )),
    ...(await check(
      'sns/0.2.0/channel',
      channels.map((one) => at(one, 'bindings', 'sns')),
    )),
    ...(await check(
      'sqs/0.3.0/operation',
      operations.map((one) => at(one, 'bindings', 'sqs')),
    )),
    ...(await check(
      'sns/0.2.0/operation',
      operations.map((one) => at(one, 'bindings', 'sns')),
    )),
  ];
}

const diagnosticsOf = async (document: AsyncApiDocument): Promise<string[]> => {
  const { diagnostics } = await new Parser().parse(JSON.stringify(document));
  return diagnostics.map(({ message, path }) => `${path.join('.')}: ${message}`);
};

/** Queues, topics and subscriptions that a document names. */
function topologyIn({ channels, operations }: AsyncApiDocument) {
  const bindings = Object.values(channels).map((channel) => at(channel, 'bindings'));
  const consumers = Object.values(operations).flatMap((operation) => {
    const topic = String(at(operation, 'channel', '$ref')).replace('#/channels/', '');
    const found = (at(operation, 'bindings', 'sns', 'consumers') ?? []) as readonly unknown[];
    return found.map((one) => `${topic} → ${String(at(one, 'endpoint', 'name'))}`);
  });
  return {
    topics: bindings.flatMap((one) => at(one, 'sns', 'name') ?? []),
    queues: bindings.flatMap((one) => at(one, 'sqs', 'queue', 'name') ?? []),
    subscriptions: [...new Set(consumers)],
  };
}

describe('the AsyncAPI document of the service', () => {
  it('is valid by @asyncapi/parser and by the bindings of SQS and SNS', async () => {
    expect(await diagnosticsOf(described.document)).toEqual([]);
    expect(await bindingFaults(described.document)).toEqual([]);
  });

  it('is the topology: every topic, every queue and every subscription', () => {
    const { topics, queues, subscriptions } = topologyIn(described.document);
    expect(new Set(topics)).toEqual(new Set(topology.topics.map(({ name }) => name)));
    expect(new Set(queues)).toEqual(new Set(topology.queues.map(({ name }) => name)));
    expect(new Set(subscriptions)).toEqual(
      new Set(
        topology.queues.flatMap(({ name, from = [] }) =>
          from.map(({ topic }) => `${topic} → ${name}`),
        ),
      ),
    );
    expect(at(described.document.channels, 'pudato-storage-queue', 'bindings', 'sqs')).toEqual({
      queue: {
        name: 'pudato-storage-queue',
        fifoQueue: false,
        visibilityTimeout: 300,
        redrivePolicy: {
          deadLetterQueue: { name: 'pudato-storage-queue-dlq' },
          maxReceiveCount: 5,
        },
      },
      deadLetterQueue: { name: 'pudato-storage-queue-dlq', fifoQueue: false },
    });
  });

  it('has a message for each action of each handler, with the schema of its payload', () => {
    const actions = Object.keys(described.document.components.messages);
    expect(actions).toEqual(
      expect.arrayContaining([
        'storage.put_object',
        'registry.create_job',
        'query.execute',
        'transform.run',
        'result',
        'event',
        'session.metadata_update',
      ]),
    );
    expect(
      at(described.document.components.messages, 'storage.put_object', 'payload', 'allOf'),
    ).toEqual([
      { $ref: '#/components/schemas/Command' },
      {
        type: 'object',
        properties: {
          type: { const: 'storage' },
          action: { const: 'put_object' },
          payload: { $ref: '#/components/schemas/PutObjectPayload' },
        },
      },
    ]);
  });

  it('does not depend on the order of the modules', async () => {
    const other = await describeService(topology, controllers.toReversed());
    expect(other.document).toEqual(described.document);
    expect(JSON.stringify(other.document)).toBe(JSON.stringify(described.document));
  });
});

const documentOf = async (of: Topology) => (await describeService(of, [])).document;

describe('an AsyncAPI document', () => {
  it('says FIFO, filters, raw delivery and names of other accounts, and stays valid', async () => {
    const foreign = 'arn:aws:sns:eu-central-1:111122223333:prices.fifo';
    const url = 'https://sqs.eu-central-1.amazonaws.com/111122223333/notes';
    const document = await documentOf(
      defineTopology({
        topics: [{ name: 'orders', tags: { team: 'billing' } }],
        queues: [
          {
            name: 'billing',
            patterns: ['order.*'],
            from: [{ topic: 'orders', raw: false, filterPolicy: { kind: ['paid'] } }],
            deadLetter: false,
            retentionS: 3600,
          },
          {
            name: 'prices.fifo',
            patterns: ['price'],
            highThroughput: true,
            from: [{ topic: foreign, filterPolicy: { pattern: [{ prefix: 'price.' }] } }],
          },
          { name: url, patterns: ['note'] },
        ],
        routes: [{ patterns: ['*'], topic: 'orders' }],
      }),
    );
    expect(await diagnosticsOf(document)).toEqual([]);
    expect(await bindingFaults(document)).toEqual([]);
    expect(topologyIn(document)).toMatchObject({
      topics: ['orders'],
      queues: expect.arrayContaining(['billing', 'prices.fifo', 'notes']),
    });
    expect(document.operations).toMatchObject({
      'send-orders-any': {
        bindings: {
          sns: {
            consumers: [
              {
                protocol: 'sqs',
                endpoint: { name: 'billing' },
                rawMessageDelivery: false,
                filterPolicy: { kind: ['paid'] },
              },
            ],
          },
        },
      },
    });
    expect(at(document.channels, 'prices.fifo', 'bindings', 'sqs', 'queue')).toEqual({
      name: 'prices.fifo',
      fifoQueue: true,
      deduplicationScope: 'messageGroup',
      fifoThroughputLimit: 'perMessageGroupId',
      redrivePolicy: { deadLetterQueue: { name: 'prices-dlq.fifo' } },
    });
  });
});

describe('the JSON Schemas', () => {
  const ajv = addFormats.default(new Ajv2020({ strictTypes: false, allErrors: true }));
  const validates = (name: string, value: unknown): boolean =>
    ajv.validate(jsonSchemas(described.types)[name] ?? false, value);

  it('are of 2020-12 and stand alone, each', () => {
    const schemas = Object.entries(jsonSchemas(described.types));
    expect(schemas.length).toBeGreaterThan(20);
    for (const [name, schema] of schemas) {
      expect(schema).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
      });
      expect({ name, compiles: typeof ajv.compile(schema) }).toEqual({
        name,
        compiles: 'function',
      });
    }
  });

  const reads = { Command: parseCommand, Result: parseResult, Event: parseEvent };
  const whole = {
    Command: { type: 'storage', action: 'get_object', payload: {}, job_id: null, more: 1 },
    Result: {
      status: 'success',
      correlation_id: 'c',
      data: null,
      inputs: [{ ref_type: 'file', location: 'raw/a' }],
      executions: [{ execution_type: 'sql', details: {} }],
    },
    Event: { type: 'storage.object_created', timestamp: '2026-01-26T10:30:45.123456+00:00' },
  };
  const wrong: readonly (readonly [keyof typeof reads, object])[] = [
    ['Command', { action: 'get_object' }],
    ['Command', { type: 'storage', action: '' }],
    ['Command', { type: 'storage', action: 'x', payload: [] }],
    ['Command', { type: 'storage', action: 'x', job_id: 7 }],
    ['Command', { type: 'storage', action: 'x', timestamp: 'yesterday' }],
    ['Result', { status: 'done', correlation_id: 'c' }],
    ['Result', { status: 'success' }],
    ['Result', { status: 'success', correlation_id: 'c', inputs: [{ ref_type: 'file' }] }],
    ['Result', { status: 'success', correlation_id: 'c', duration_ms: -1 }],
    ['Event', {}],
    ['Event', { type: 'a', source: 'b\u0000' }],
  ];

  it('take what the readers of the protocol take', () => {
    for (const [name, value] of Object.entries(whole)) {
      expect(() => reads[name as keyof typeof reads](value)).not.toThrow();
      expect({ name, valid: validates(name, value) }).toEqual({ name, valid: true });
    }
  });

  it.each(wrong)('refuse what the reader of %s refuses: %j', (name, value) => {
    expect(() => reads[name](value)).toThrow(ValidationFailedError);
    expect({ valid: validates(name, value) }).toEqual({ valid: false });
  });

  it('say of payloads what their decorators say, null and own validators included', () => {
    for (const [name, value, valid] of [
      ['PutObjectPayload', { container: 'raw', path: 'a', body: null }, true],
      ['PutObjectPayload', { container: 'raw', path: 'a', metadata: { a: 1 } }, false],
      ['PutObjectPayload', { container: 'raw' }, false],
      ['ObjectPayload', { container: 'r', path: 'a' }, false],
      ['CopyObjectPayload', { source: { container: 'raw', path: 'a' }, target: {} }, false],
      ['ExecutePayload', { sql: 'SELECT 1', parameters: [1], max_rows: 10 }, true],
      ['ExecutePayload', { sql: 'SELECT 1', parameters: 'x' }, false],
      ['ExecutePayload', { sql: 'SELECT 1', max_rows: 0 }, false],
      ['TransformPayload', { select: ['a'], full_refresh: true }, true],
      ['TransformPayload', { select: 7 }, false],
      ['UpdateJobPayload', { job_id: 'job-1', status: 'running' }, true],
      ['UpdateJobPayload', { job_id: 'job-1', status: 'gone' }, false],
      ['MetadataUpdateMessage', { session_id: '' }, false],
    ] as const)
      expect({ name, value, valid: validates(name, value) }).toEqual({ name, value, valid });
  });
});
