import { SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { Controller, Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import {
  defineTopology,
  OnEvent,
  OnRequest,
  PermanentError,
  RetryableError,
  type Topology,
} from '../../../../src/transport/index.js';
import { AwsClients } from '../../../../src/aws/index.js';
import { iamPolicies, type IamPolicy } from '../../../../src/transport/topology/export/index.js';
import { bindTopology } from '../../../../src/transport/topology/index.js';
import { ALIVE_TAG } from '../../../../src/transport/process-queue/process-queue.names.js';
import { allows, Judge, type JudgedCall } from '../../../support/iam-evaluator.js';
import { emit, startService, TestStack, unique } from '../../../support/transport.js';
import { waitFor, waitForCount } from '../../../support/wait.js';

const ORDERS = unique('orders');
const RETURNS = unique('returns');
const JOBS = unique('jobs');
const CHANGES = unique('changes');
const ORPHAN = `${CHANGES}-${'0'.repeat(16)}`;
const BUCKET = 'payloads';

/** @param grown what is declared once the rest is there. */
const declare = (grown: boolean): Topology =>
  defineTopology({
    topics: [
      { name: ORDERS, ...(grown && { tags: { team: 'a' }, encryption: 'none' as const }) },
      { name: RETURNS },
    ],
    queues: [
      {
        name: JOBS,
        patterns: ['job.*'],
        from: [{ topic: ORDERS, raw: true }, ...(grown ? [] : [{ topic: RETURNS }])],
        ...(grown && { tags: { team: 'a' }, visibilityTimeoutS: 45 }),
      },
      ...(grown ? [{ name: `${JOBS}-2`, patterns: [], from: [{ topic: RETURNS }] }] : []),
      {
        name: CHANGES,
        patterns: ['change.*'],
        broadcast: true,
        from: [{ topic: ORDERS, filterPolicy: { pattern: ['change.made'] } }],
      },
    ],
    routes: [
      { patterns: ['job.by.topic', 'change.*'], topic: ORDERS },
      { patterns: ['job.*'], queue: JOBS },
    ],
  });
const topology = declare(true);
const policies = iamPolicies(topology, {
  region: 'us-east-1',
  account: '000000000000',
  payloadBucket: BUCKET,
});
type Role = keyof typeof policies;

const done: string[] = [];
@Controller()
class Worker {
  #tries = 0;

  @OnEvent('job.by.topic')
  topic(): void {
    done.push('topic');
  }

  @OnEvent('job.large')
  large(): void {
    done.push('large');
  }

  @OnEvent('job.again')
  again(): void {
    this.#tries += 1;
    if (this.#tries === 1) throw new RetryableError('once more');
    done.push('again');
  }

  @OnEvent('job.never')
  never(): void {
    throw new PermanentError('never');
  }

  @OnRequest('job.ask')
  ask(): number {
    return 42;
  }

  @OnEvent('change.made')
  change(): void {
    done.push('change');
  }
}

/** A change that was declared once, and a process that died, for the roles to find. */
async function leaveBehind(stack: TestStack): Promise<void> {
  const { topicArns } = await bindTopology(declare(false), stack.aws, 'create');
  const tags = { [ALIVE_TAG]: '-3600' };
  await stack.aws.sqs.send(new CreateQueueCommand({ QueueName: ORPHAN, tags }));
  await stack.aws.sns.send(
    new SubscribeCommand({
      TopicArn: topicArns.get(ORDERS),
      Protocol: 'sqs',
      Endpoint: `arn:aws:sqs:us-east-1:000000000000:${ORPHAN}`,
    }),
  );
}

const without = ({ Statement: statements }: IamPolicy, sid: string): IamPolicy => ({
  Version: '2012-10-17',
  Statement: statements.filter(({ Sid }) => Sid !== sid),
});

const sqs = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;

const judged = (role: Role, calls: readonly JudgedCall[]): boolean[] =>
  calls.map((call) => allows(policies[role], call));

describe('the exported policies', () => {
  let stack: TestStack;
  const judges = {} as Record<Role, Judge>;

  /** Each role does all of its work, under its policy. */
  beforeAll(async () => {
    Logger.overrideLogger(false);
    stack = await TestStack.start({ embedded: true });
    stack.embedded.createBucket(BUCKET);
    await leaveBehind(stack);
    const tagsOf = async (QueueUrl: string): Promise<Record<string, string>> => {
      const { Tags: tags = {} } = await stack.aws.sqs
        .send(new ListQueueTagsCommand({ QueueUrl }))
        .catch(() => ({ Tags: {} }));
      return tags;
    };
    const clientsOf = async (role: Role): Promise<AwsClients> => {
      judges[role] = new Judge(policies[role], tagsOf);
      return new AwsClients((await stack.proxy(judges[role])).clientOptions());
    };
    const [provisioner, consumer, publisher] = [
      await clientsOf('provisioner'),
      await clientsOf('consumer'),
      await clientsOf('publisher'),
    ];
    await bindTopology(topology, provisioner, 'create');
    await bindTopology(
      defineTopology({
        ...topology,
        queues: topology.queues.map((queue) =>
          queue.name === JOBS ? { ...queue, from: [{ topic: ORDERS, raw: false }] } : queue,
        ),
      }),
      provisioner,
      'create',
    );
    await bindTopology(topology, provisioner, 'create');
    const service = await startService(stack, {
      topology,
      controllers: [Worker],
      server: { aws: consumer, provision: 'verify', payloadBucket: BUCKET },
      client: { aws: publisher, provision: 'verify', payloadBucket: BUCKET },
    });
    for (const pattern of ['job.by.topic', 'job.again', 'job.never', 'change.made'])
      await emit(service.client, pattern, {});
    await emit(service.client, 'job.large', 'x'.repeat(1_100_000));
    done.push(`answer ${await firstValueFrom(service.client.send<number>('job.ask', {}))}`);
    await waitForCount('handled events', () => done, 5);
    await stack.take(`${JOBS}-dlq`);
    await waitFor('the orphaned queue to be deleted', async () =>
      stack.queueUrl(ORPHAN).then(
        () => false,
        () => true,
      ),
    );
    await service.close();
    for (const aws of [provisioner, consumer, publisher]) aws.destroy();
  });
  afterAll(async () => {
    Logger.overrideLogger(['error', 'warn', 'log']);
    await stack.stop();
  });

  it.each(['consumer', 'publisher', 'provisioner'] as const)(
    'of the %s deny nothing that its work calls for',
    (role) => {
      expect(judges[role].denied).toEqual([]);
      expect(done.toSorted()).toEqual(['again', 'answer 42', 'change', 'large', 'topic']);
    },
  );

  it.each(
    (['consumer', 'publisher', 'provisioner'] as const).flatMap((role) =>
      policies[role].Statement.map(({ Sid }) => [role, Sid] as const),
    ),
  )('of the %s have no statement that its work can do without: %s', (role, sid) => {
    const missed = judges[role].calls.filter((call) => !allows(without(policies[role], sid), call));
    expect(missed.length).toBeGreaterThan(0);
  });

  it('let nobody read, delete or subscribe what only begins alike, or goes elsewhere', () => {
    const alive = { [`aws:ResourceTag/${ALIVE_TAG}`]: '0' };
    const topic = `arn:aws:sns:us-east-1:000000000000:${ORDERS}`;
    const subscribe = (protocol: string, endpoint: string): JudgedCall => ({
      right: 'sns:Subscribe',
      resource: topic,
      facts: { 'sns:Protocol': protocol, 'sns:Endpoint': endpoint },
    });
    const own = `${CHANGES}-${'a'.repeat(16)}`;
    expect(
      judged('consumer', [
        { right: 'sqs:DeleteQueue', resource: sqs(own), facts: alive },
        { right: 'sqs:DeleteQueue', resource: sqs(own), facts: {} },
        { right: 'sqs:DeleteQueue', resource: sqs(`${CHANGES}-archive`), facts: alive },
        { right: 'sqs:DeleteQueue', resource: sqs(JOBS), facts: alive },
        subscribe('sqs', sqs(own)),
        subscribe('sqs', sqs('elsewhere')),
        subscribe('https', 'https://evil.example'),
      ]),
    ).toEqual([true, false, false, false, true, false, false]);
    expect(
      judged('publisher', [
        {
          right: 'sqs:ReceiveMessage',
          resource: sqs(`weft-replies-${'a'.repeat(16)}`),
          facts: alive,
        },
        { right: 'sqs:ReceiveMessage', resource: sqs('weft-replies-of-billing'), facts: alive },
        { right: 'sqs:DeleteQueue', resource: sqs(`weft-replies-${'a'.repeat(16)}`), facts: {} },
      ]),
    ).toEqual([true, false, false]);
    expect(
      judged('provisioner', [
        subscribe('sqs', sqs(JOBS)),
        subscribe('email', 'me@example.com'),
        subscribe('sqs', sqs('elsewhere')),
      ]),
    ).toEqual([true, false, false]);
  });
});
