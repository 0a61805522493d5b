import { PublishCommand } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { isAccessDenied } from '../../aws/index.js';
import type { DoctorCheck, DoctorLine } from '../../platform/cli/index.js';
import { TopologyError } from '../../transport/index.js';
import { bindTopology } from '../../transport/topology/index.js';
import { appTopology, consumedQueues } from '../app.topology.js';

/** An invalid receipt handle. */
const NO_HANDLE = 'weft-doctor';

/**
 * Tests each right with a request that AWS refuses for another reason, so that nothing is received, deleted or
 * published. Only "access denied" counts as a missing right.
 */
export const checkPermissions: DoctorCheck = async ({ settings, aws }) => {
  const topology = appTopology(settings);
  const bound = await bindTopology(topology, aws, 'off').catch(unlessMissing);
  if (bound === undefined) return [];
  const consumed = new Set(consumedQueues(settings));
  const topics = new Set(
    topology.routes.flatMap((route) => ('topic' in route ? [route.topic] : [])),
  );
  const probes: Probe[] = [
    ...bound.queues
      .filter(({ declaration }) => consumed.has(declaration.name))
      .flatMap(({ declaration: { name }, url }): Probe[] => [
        [
          `sqs:ReceiveMessage on ${name}`,
          () => aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 0 })),
        ],
        [
          `sqs:DeleteMessage on ${name}`,
          () => aws.sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: NO_HANDLE })),
        ],
        [
          `sqs:ChangeMessageVisibility on ${name}`,
          () =>
            aws.sqs.send(
              new ChangeMessageVisibilityCommand({
                QueueUrl: url,
                ReceiptHandle: NO_HANDLE,
                VisibilityTimeout: 0,
              }),
            ),
        ],
      ]),
    ...[...topics].map((name): Probe => [
      `sns:Publish to ${name}`,
      () => aws.sns.send(new PublishCommand({ TopicArn: bound.topicArns.get(name), Message: '' })),
    ]),
  ];
  const denied = await Promise.all(probes.map(isDenied));
  const lines: DoctorLine[] = denied.flatMap((right) =>
    right === undefined
      ? []
      : [
          {
            check: 'Permissions',
            ok: false,
            detail: `the role may not ${right}`,
            remedy: 'Give it the rights of "weft topology export iam --account ID"',
          },
        ],
  );
  if (lines.length > 0) return lines;
  return [
    { check: 'Permissions', ok: true, detail: `${probes.length} rights tested, none denied` },
  ];
};

/** Another check reports missing topics and queues. */
function unlessMissing(error: unknown): undefined {
  if (!(error instanceof TopologyError)) throw error;
}

type Probe = readonly [right: string, ask: () => Promise<unknown>];

async function isDenied([right, ask]: Probe): Promise<string | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    return isAccessDenied(error) ? right : undefined;
  }
}
