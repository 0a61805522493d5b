import { messagingTopology } from '../messaging/index.js';
import type { Settings } from '../platform/config/index.js';
import {
  iamPolicies,
  type IamOptions,
  type IamPolicy,
  type IamStatement,
} from '../transport/topology/export/index.js';
import { appTopology, consumedQueues } from './app.topology.js';
import { FEATURES } from './features.js';
import { snsEndpointStatements } from './sns-http.js';

/** The least rights of each kind of process of the service. */
interface IamDocument {
  /** A process that consumes what `WEFT_CONSUME` names, and answers HTTP. */
  readonly service: IamPolicy;
  /** By role: a process that consumes this role alone and serves no HTTP. */
  readonly roles: Readonly<Record<string, IamPolicy>>;
  /**
   * A start with `WEFT_PROVISION=create`, or `weft topology apply`, which creates no table and no bucket notifications.
   */
  readonly provisioner: IamPolicy;
}

/**
 * The policies of the service, of each role and of a start that creates topics and queues.
 *
 * @throws {TopologyError} when the account or the region cannot be part of an ARN
 */
export function iamDocument(settings: Settings, account: string): IamDocument {
  const { payloadBucket, topicPrefix } = settings.messaging;
  const topology = appTopology(settings);
  const place: IamOptions = {
    account,
    region: settings.region,
    ...(payloadBucket !== undefined && { payloadBucket }),
  };
  // Handlers of any role publish Results and Events.
  const answering = iamPolicies(messagingTopology(topicPrefix), place).publisher;
  const remembering = tableStatements(settings, account, 'Idempotency', USE_TABLE);
  const roles = FEATURES.flatMap(({ roles: declared = {}, permissions }) =>
    Object.entries(declared).map(([role, queues]) => {
      const consume = queues(settings);
      const { consumer } = iamPolicies(topology, { ...place, consume });
      const own = [consumer.Statement, answering.Statement, remembering, permissions?.(settings)];
      return [role, union(...own, payloadDenials(payloadBucket, own))] as const;
    }),
  );
  const own = iamPolicies(topology, { ...place, consume: consumedQueues(settings) });
  const all = [
    own.consumer.Statement,
    own.publisher.Statement,
    remembering,
    snsEndpointStatements(settings),
    ...FEATURES.map(({ permissions }) => permissions?.(settings)),
  ];
  return {
    service: union(...all, payloadDenials(payloadBucket, all)),
    roles: Object.fromEntries(roles),
    provisioner: union(
      own.provisioner.Statement,
      tableStatements(settings, account, 'IdempotencyTable', MAKE_TABLE),
      ...FEATURES.map(({ provisioning }) => provisioning?.(settings)),
    ),
  };
}

type Statements = readonly IamStatement[] | undefined;

/** Actions that no part of the service needs on offloaded bodies. */
const NEVER_OF_PAYLOADS = [
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:GetObjectVersion',
  's3:ListBucket',
  's3:ListBucketVersions',
];

/**
 * Rights on every bucket, such as those of storage Commands with `STORAGE_CONTAINERS=*`, would include the payload
 * bucket, whose bodies must not be listed or deleted.
 */
function payloadDenials(
  payloadBucket: string | undefined,
  given: readonly Statements[],
): readonly IamStatement[] {
  const everywhere = given
    .flatMap((statements) => statements ?? [])
    .some(({ Resource: resource }) => resource.some((arn) => arn.startsWith('arn:aws:s3:::*')));
  if (payloadBucket === undefined || !everywhere) return [];
  const bucket = `arn:aws:s3:::${payloadBucket}`;
  return [
    {
      Sid: 'PayloadsAreNoContainer',
      Effect: 'Deny',
      Action: NEVER_OF_PAYLOADS,
      Resource: [bucket, `${bucket}/*`],
    },
  ];
}

const USE_TABLE = ['DescribeTable', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'];
const MAKE_TABLE = ['DescribeTable', 'CreateTable', 'DescribeTimeToLive', 'UpdateTimeToLive'];

/** Rights on the table that handled messages are remembered in, if there is one. */
function tableStatements(
  { region, idempotency: { tableName } }: Settings,
  account: string,
  Sid: string,
  actions: readonly string[],
): IamStatement[] {
  if (tableName === undefined) return [];
  return [
    {
      Sid,
      Effect: 'Allow',
      Action: actions.map((action) => `dynamodb:${action}`),
      Resource: [`arn:aws:dynamodb:${region}:${account}:table/${tableName}`],
    },
  ];
}

/** Merges several policies without duplicate statements; a Sid that is taken gets a number. */
function union(...lists: readonly Statements[]): IamPolicy {
  const distinct = new Map<string, IamStatement>();
  for (const statement of lists.flatMap((statements) => statements ?? [])) {
    distinct.set(JSON.stringify(statement), statement);
  }
  const taken = new Map<string, number>();
  const statements = [...distinct.values()].map((statement) => {
    const times = (taken.get(statement.Sid) ?? 0) + 1;
    taken.set(statement.Sid, times);
    return times === 1 ? statement : { ...statement, Sid: `${statement.Sid}${times}` };
  });
  return { Version: '2012-10-17', Statement: statements };
}
