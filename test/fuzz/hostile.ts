import * as fc from 'fast-check';

/** Texts that parsers, prototypes, terminals, paths or databases have been caught by. */
const STRINGS = [
  '',
  'a',
  '0',
  '-1',
  'NaN',
  'null',
  '1e999',
  '9'.repeat(40),
  'x'.repeat(300),
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'then',
  'hasOwnProperty',
  'toJSON',
  '$ne',
  '$where',
  'a.b',
  '../..',
  '%2e%2e',
  'C:\\CON',
  'a\0b',
  '\r\nx: y',
  '\u001b[31m',
  '\u{d800}',
  '\u{dfff}',
  '\u{fffe}',
  '\u{feff}',
  '😀',
  '\u{2028}',
  '\u{202e}',
  '\u{9b}31m',
  '"TopicArn"',
  's3:TestEvent',
  '2026-01-01T00:00:00Z',
  '2026-13-45',
  'order.placed',
  'arn:aws:sns:us-east-1:000000000000:t',
  'http://127.0.0.1:1/000000000000/weft-replies-0?request=a&timeout=1',
];

const KEYS = `
  type action payload correlation_id job_id step_id metadata timestamp id pattern data
  correlationId Records s3 bucket object key name eventName Event sequencer Type Message
  MessageId TopicArn Timestamp MessageAttributes Value requestId sequence total err failure
  response status errors inputs outputs executions ref_type location format execution_type
  details session_id event operation s3BucketName s3Key rating comment detail detail-type
  source container path sql sources __proto__ constructor prototype toString length 0 then
  toJSON Signature SignatureVersion SigningCertURL SubscribeURL Token Subject headers properties
  body content-type content-encoding task eta expires retries body_encoding specversion data_base64 datacontenttype time subject
`
  .trim()
  .split(/\s+/);

/** What messages look like when nobody means harm. */
const SEEDS = [
  { id: 'x', pattern: 'order.placed', correlationId: 'c', data: { a: 1 } },
  {
    type: 'storage',
    action: 'get_object',
    payload: { container: 'raw', path: 'a' },
    correlation_id: 'c',
    metadata: {},
    timestamp: '2026-01-01T00:00:00Z',
  },
  {
    status: 'success',
    correlation_id: 'c',
    data: {},
    errors: [],
    inputs: [{ ref_type: 'file', location: 'a', metadata: {} }],
    outputs: [],
    executions: [
      { execution_type: 'sql', details: { dialect: 'duckdb', statements: ['SELECT 1'] } },
    ],
    duration_ms: 1,
    timestamp: '2026-01-01T00:00:00Z',
  },
  {
    type: 'storage.object_created',
    correlation_id: 'c',
    payload: {},
    timestamp: '2026-01-01T00:00:00Z',
  },
  {
    Records: [
      {
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'b' }, object: { key: 'a+b%20c', sequencer: '1' } },
      },
    ],
  },
  { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'b', s3: { object: {} } },
  {
    Type: 'Notification',
    MessageId: 'm',
    TopicArn: 'arn:aws:sns:us-east-1:000000000000:t',
    Timestamp: 't',
    Message: '{"pattern":"a","data":1}',
    MessageAttributes: { pattern: { Type: 'String', Value: 'a' } },
  },
  ['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: 'payloads', s3Key: 'k' }],
  ['com.amazon.sqs.javamessaging.MessageS3Pointer', { s3BucketName: 'other', s3Key: 'k' }],
  { requestId: 'r', sequence: 0, response: 1, total: 1 },
  {
    version: '0',
    id: 'e',
    'detail-type': 'Order Placed',
    source: 'shop',
    detail: { a: 1 },
    time: '2026-01-01T00:00:00Z',
  },
  {
    specversion: '1.0',
    id: 'e',
    source: '/shop',
    type: 'order.placed',
    time: '2026-01-01T00:00:00Z',
    datacontenttype: 'application/json',
    subject: 's',
    data: { a: 1 },
  },
  { specversion: '1.0', id: 'e', source: '/shop', type: 'order.placed', data_base64: 'AA==' },
  {
    Type: 'SubscriptionConfirmation',
    MessageId: 'm',
    Token: 'a'.repeat(64),
    TopicArn: 'arn:aws:sns:us-east-1:000000000000:t',
    Message: 'm',
    SubscribeURL: 'https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription',
    Timestamp: '2026-01-01T00:00:00.000Z',
    SignatureVersion: '1',
    Signature: 'A'.repeat(344),
    SigningCertURL:
      'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem',
  },
  {
    body: 'W1siYSJdLHt9LHsiY2hhaW4iOm51bGx9XQ==',
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: {
      lang: 'py',
      task: 'shop.tasks.place',
      id: 'i',
      eta: null,
      expires: null,
      retries: 0,
    },
    properties: { correlation_id: 'c', body_encoding: 'base64' },
  },
  {
    session_id: 's',
    event: 'metadata_update',
    operation: 'update',
    metadata: { a: 1 },
    timestamp: 't',
    sequence: 1,
  },
  {
    rating: 'down',
    comment: 'c',
    session_id: 's',
    application_name: 'a',
    session_type: 't',
    metadata: {},
  },
  {
    container: 'raw',
    path: 'a',
    data: 1,
    job_id: 'j',
    step_id: 's',
    pipeline: 'p',
    status: 'running',
    sql: 'SELECT 1',
    parameters: [1],
    sources: { t: { container: 'c', path: 'p', format: 'csv' } },
    target: { container: 'c', path: 'p' },
    source: { container: 'c', path: 'p' },
    inputs: [{ ref_type: 'f', location: 'l' }],
    metadata: { a: 1 },
    limit: 3,
    location: 'x',
    step_name: 'n',
    handler_type: 'h',
    action: 'a',
    request: { a: { b: 1 } },
    select: ['a'],
    rating: 'up',
  },
  {
    Records: [
      {
        messageId: 'm',
        receiptHandle: 'r',
        body: '{}',
        attributes: { ApproximateReceiveCount: '1' },
        messageAttributes: { a: { dataType: 'String', stringValue: 'b' } },
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:q',
      },
    ],
  },
].map((seed) => JSON.stringify(seed));

const word = fc.constantFrom(...STRINGS);
const key = fc.constantFrom(...KEYS);
const leaf = fc.oneof(
  word,
  fc.constantFrom(null, true, false, 0, -1, 1.5, 2 ** 53, 1e308, -0),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

/** Own keys, `__proto__` among them, as JSON.parse makes them. */
const objectOf = (entries: readonly (readonly [string, unknown])[]): object => {
  const object = {};
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
};

/** Any JSON value, small, of hostile keys and texts. */
export const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(objectOf),
  ),
})).value;

interface Edit {
  readonly at: number;
  readonly kind: 'replace' | 'remove' | 'add';
  readonly key: string;
  readonly value: unknown;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat({ max: 1000 }),
  kind: fc.constantFrom('replace', 'replace', 'remove', 'add'),
  key,
  value: fc.oneof({ weight: 3, arbitrary: leaf }, { weight: 1, arbitrary: value }),
});

/** A message that was well meant, with something else in a place or two. */
export const mutated: fc.Arbitrary<unknown> = fc
  .tuple(fc.constantFrom(...SEEDS), fc.array(edit, { minLength: 1, maxLength: 3 }))
  .map(([seed, edits]) => edits.reduce(applied, JSON.parse(seed) as unknown));

/** Where an object's values are. */
const placesOf = (root: unknown): [object, string][] => {
  const places: [object, string][] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const name of Object.keys(node)) {
      places.push([node, name]);
      walk(Reflect.get(node, name));
    }
  };
  walk(root);
  return places;
};

function applied(root: unknown, { at, kind, key: name, value: next }: Edit): unknown {
  const places = placesOf(root);
  const place = places[at % Math.max(1, places.length)];
  if (!place) return next;
  const [holder, found] = place;
  if (kind === 'remove') Reflect.deleteProperty(holder, found);
  else {
    const target = kind === 'add' && !Array.isArray(holder) ? name : found;
    Object.defineProperty(holder, target, {
      value: next,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return root;
}

const SPLINTERS = [
  '',
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\',
  '\0',
  '\u{d83d}',
  '\u{feff}',
  '\\u0000',
  '1e999',
  'null',
];

/** JSON that was cut, patched or glued at some places. */
const broken = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat({ max: 400 }), fc.constantFrom(...SPLINTERS), fc.nat({ max: 3 })), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([seed, cuts]) =>
    cuts.reduce((text, [at, splinter, gone]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + splinter + text.slice(from + gone);
    }, seed),
  );

/** The body of a message. */
export const body: fc.Arbitrary<string> = fc.oneof(
  { weight: 11, arbitrary: mutated.map((one) => JSON.stringify(one) ?? '') },
  { weight: 3, arbitrary: value.map((one) => JSON.stringify(one) ?? '') },
  { weight: 3, arbitrary: broken },
  { weight: 1, arbitrary: fc.tuple(word, word).map(([a, b]) => `Session: ${a}\n\n${b}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);

const ATTRIBUTES = `
  pattern replyTo rating type action __proto__ constructor
  content-type ce-specversion ce-id ce-source ce-type ce-__proto__ ce_specversion
`
  .trim()
  .split(/\s+/);
const TYPES = ['application/json', 'application/cloudevents+json', 'text/plain'];

/** Attributes of a message. */
export const attributes: fc.Arbitrary<ReadonlyMap<string, string>> = fc
  .array(
    fc.tuple(
      fc.constantFrom(...ATTRIBUTES),
      fc.oneof(word, fc.constantFrom('positive', 'order.placed', 'a', '1.0', '/shop', ...TYPES)),
    ),
    { maxLength: 3 },
  )
  .map((entries) => new Map(entries));

/** A message as SQS gives it. */
export const message = fc.tuple(body, attributes, fc.nat({ max: 30 })).map(([Body, own, odd]) => ({
  ...(odd !== 0 && { MessageId: 'id' }),
  ReceiptHandle: 'h',
  ...(odd !== 1 && { Body }),
  MessageAttributes: Object.fromEntries(
    [...own].map(([name, StringValue]) => [
      name,
      odd === 2
        ? { DataType: 'Binary', BinaryValue: new Uint8Array(3) }
        : { DataType: 'String', StringValue },
    ]),
  ),
}));

export const text = fc.oneof(word, fc.string({ unit: 'binary', maxLength: 40 }));

/** Pieces that an address, or a path, may be talked out of its place by. */
export const pieces = (own: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(
      fc.constantFrom(
        ...own,
        '..',
        '/',
        '//',
        '\\',
        '%2f',
        '%2e%2e',
        '%252e',
        '#',
        '?',
        ';',
        '\t',
        '\n',
        ' ',
        '.',
        '\0',
        '@evil.example/',
        'https://evil.example/',
        'user:pw@',
        'ſ',
        '。',
        '．',
        '\u{130}',
        'C:',
        'nul',
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join(''));
