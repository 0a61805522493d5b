import { defineTopology } from '../../../../src/transport/index.js';

/** A topology with everything that can be exported, under names that start with `prefix`. */
export const everything = (prefix: string) =>
  defineTopology({
    topics: [
      { name: `${prefix}-orders`, tags: { team: 'a' } },
      { name: `${prefix}-payments`, encryption: { kmsKeyId: 'alias/payments' } },
      { name: `${prefix}-ledger.fifo`, encryption: 'none' },
    ],
    queues: [
      {
        name: `${prefix}-billing`,
        patterns: ['order.*', 'payment.*'],
        from: [
          { topic: `${prefix}-orders`, filterPolicy: { tenant: ['acme', '${x}'] } },
          {
            topic: `${prefix}-payments`,
            raw: false,
            filterPolicy: { data: { n: [{ numeric: ['>', 5] }] } },
            filterPolicyScope: 'MessageBody',
          },
        ],
        visibilityTimeoutS: 45,
        retentionS: 600,
        deadLetter: { maxReceiveCount: 8 },
        tags: { team: 'b' },
        encryption: 'sqs',
      },
      {
        name: `${prefix}_accounts.fifo`,
        patterns: ['account.*'],
        from: [{ topic: `${prefix}-ledger.fifo` }],
        encryption: { kmsKeyId: 'alias/accounts', dataKeyReuseS: 600 },
      },
      { name: `${prefix}-Plain`, patterns: [], deadLetter: false, encryption: 'none' },
      { name: `${prefix}-shared`, patterns: ['shared.*'], deadLetter: { name: `${prefix}-Plain` } },
      {
        name: `${prefix}-changes`,
        patterns: ['change.*'],
        broadcast: true,
        from: [{ topic: `${prefix}-orders` }],
        deadLetter: {},
      },
    ],
    routes: [
      { patterns: ['order.*'], topic: `${prefix}-orders` },
      { patterns: ['payment.*'], topic: `${prefix}-payments` },
      { patterns: ['shared.*'], queue: `${prefix}-shared` },
    ],
  });
