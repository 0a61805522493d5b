import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { iamPolicies } from '../../src/transport/topology/export/index.js';
import { everything } from '../transport/topology/export/everything.js';

const ROOT = new URL('../../', import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');

interface Policy {
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
}

/** The rights of the policy that stands behind a mark in docs/running.md. */
function rightsOf(name: string): string[] {
  const [, json = ''] =
    new RegExp(`<!-- ${name} policy -->\\s+\`\`\`json\\n([^]*?)\`\`\``).exec(
      text('docs/running.md'),
    ) ?? [];
  const { Statement: statements }: Policy = JSON.parse(json);
  return statements.flatMap(({ Action: action }) => action);
}

// The stack inside the process asks nobody, and the demo runs on it.
const NOT_ON_AWS = /src\/(platform\/embedded|demo|testing)\//;

/** Rights are named after API calls, but for these. */
const RIGHTS: Readonly<Record<string, string>> = {
  's3:HeadBucket': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  's3:CopyObject': 's3:PutObject',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:GetBucketNotificationConfiguration': 's3:GetBucketNotification',
  's3:PutBucketNotificationConfiguration': 's3:PutBucketNotification',
  's3:GetBucketReplication': 's3:GetReplicationConfiguration',
  's3:CreateMultipartUpload': 's3:PutObject',
  's3:UploadPart': 's3:PutObject',
  's3:UploadPartCopy': 's3:PutObject',
  's3:CompleteMultipartUpload': 's3:PutObject',
};

/** What the source asks of AWS, as rights. */
function callsOf(source: string): string[] {
  return [...source.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-(\w+)'/g)].flatMap(
    ([, names = '', service = '']) =>
      [...names.matchAll(/(?:(\w+?)(?:Batch)?Command|paginate(\w+))\b/g)].map(
        ([, command, paginated]) => {
          const right = `${service}:${command ?? paginated}`;
          return RIGHTS[right] ?? right;
        },
      ),
  );
}

/** Those on topics and queues. */
const ofTopologies = (rights: Iterable<string>): Set<string> =>
  new Set([...rights].filter((right) => /^(sns|sqs):/.test(right)));

describe('the policies of docs/running.md', () => {
  const asked = new Set(
    globSync('src/**/*.ts', { cwd: ROOT.pathname })
      .filter((file) => !NOT_ON_AWS.test(file))
      .flatMap((file) => callsOf(text(file))),
  );
  const given = new Set(
    ['running', 'athena', 'provisioning', 'broadcast', 'sns-http'].flatMap(rightsOf),
  );

  it('give every right that the code asks for', () => {
    expect([...asked].filter((right) => !given.has(right))).toEqual([]);
  });

  it('give no right that the code never asks for', () => {
    // A queue with tags needs the right to tag it; an object that is gone is one only to who may list.
    const implied = new Set(['sqs:TagQueue', 's3:ListBucket']);
    // Athena itself asks the catalog and the bucket of results, in its caller's name.
    const byAthena = rightsOf('athena').filter((right) => /^(glue|s3):/.test(right));
    const explained = new Set([...asked, ...implied, ...byAthena]);
    expect([...given].filter((right) => !explained.has(right))).toEqual([]);
  });

  it('give a topology the rights that its exported policies give', () => {
    const { consumer, publisher, provisioner } = iamPolicies(everything('x'), {
      region: 'eu-central-1',
      account: '*',
    });
    const exported = [consumer, publisher, provisioner].flatMap(({ Statement: statements }) =>
      statements.flatMap(({ Action: action }) => action),
    );
    // An endpoint for SNS is no part of a topology.
    const endpoints = new Set(rightsOf('sns-http'));
    const ofQueues = [...given].filter((right) => !endpoints.has(right));
    expect(ofTopologies(exported)).toEqual(ofTopologies(ofQueues));
  });

  it('keep making things out of a running process, but for its reply queue', () => {
    const making = rightsOf('running').filter((right) => /:(Create|Set|Subscribe|Add)/.test(right));
    expect(making).toEqual(['sqs:CreateQueue']);
  });
});
