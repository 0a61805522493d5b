import { inspect } from 'node:util';

import { AwsClients, type AwsClientsOptions } from '../aws/index.js';
import { isObject } from '../common/objects.js';
import { isBroker } from './broker/broker-of.js';
import { InvalidOptionsError } from './errors/index.js';
import { unknownOptionFaults } from './option-faults.js';
import type { SnsSqsOptions } from './sns-sqs.options.js';

/** Options that server, client and module have. */
export const SHARED_OPTIONS: Readonly<Record<keyof SnsSqsOptions, true>> = {
  topology: true,
  aws: true,
  provision: true,
  payloadBucket: true,
  replyQueuePrefix: true,
  observer: true,
  clock: true,
};

/** Replacements for options that Nest's own servers and clients have. */
export const SHARED_HINTS = {
  queue: 'queues are declared in the topology',
  urls: 'where AWS is, is said by `aws`',
} as const;

const AWS_OPTIONS: Readonly<Record<Extract<keyof AwsClientsOptions, string>, true>> = {
  region: true,
  endpoint: true,
  endpoints: true,
  credentials: true,
  profile: true,
  maxAttempts: true,
  connectTimeoutMs: true,
  requestTimeoutMs: true,
  tunedClients: true,
  onCall: true,
};

/** Must be valid in a host name, into which the SDK puts it. */
const REGION = /^[a-z\d-]{1,63}$/i;

const PROVISION_MODES: readonly unknown[] = ['create', 'verify', 'off', undefined];

/** A fault for each invalid option that server, client and module share. */
export function sharedOptionFaults({ topology, aws, provision }: OptionsAsGiven): string[] {
  return [
    ...topologyFaults(topology),
    ...awsFaults(aws),
    ...(PROVISION_MODES.includes(provision)
      ? []
      : [`provision is ${inspect(provision, { depth: 0 })}, must be 'create', 'verify' or 'off'`]),
  ];
}

/** Options before they are checked: JavaScript, `ClientsModule` and factories do not check types. */
interface OptionsAsGiven {
  readonly topology?: unknown;
  readonly aws?: unknown;
  readonly provision?: unknown;
}

function topologyFaults(topology: unknown): string[] {
  if (topology === undefined || topology === null)
    return ['topology is missing: see defineTopology'];
  const isDefined =
    isObject(topology) &&
    ['topics', 'queues', 'routes'].every((name) => Array.isArray(Reflect.get(topology, name)));
  return isDefined ? [] : ['topology is not what defineTopology({ … }) returns'];
}

function awsFaults(aws: unknown): string[] {
  if (aws === undefined || aws === null)
    return [`aws is missing: give { region: 'eu-central-1' }, or AwsClients of yours`];
  if (!isObject(aws))
    return [`aws is ${typeof aws}, must be an object such as { region: 'eu-central-1' }`];
  if (aws instanceof AwsClients || isBroker(aws)) return [];
  const { region } = aws as { readonly region?: unknown };
  return [
    ...unknownOptionFaults(aws, AWS_OPTIONS, {}).map((fault) => `aws.${fault}`),
    ...(typeof region === 'string' && REGION.test(region)
      ? []
      : [
          `aws.region is ${inspect(region, { depth: 0 })}: give the region of the queues, such as 'eu-central-1', or set the variable that it is read from`,
        ]),
  ];
}

/** @throws InvalidOptionsError if no options are given. @param whose such as `SnsSqsClient`. */
export function refuseMissing(whose: string, options: unknown): asserts options is object {
  if (!isObject(options))
    throw new InvalidOptionsError(
      `${whose} has no options. Give { topology: defineTopology({ … }), aws: { region: 'eu-central-1' } }`,
    );
}
