import type { DynamicModule } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { lastPart } from '../common/resource-names.js';
import { ConfigurationError, type Settings } from '../platform/config/index.js';
import { Public } from '../platform/http/index.js';
import { type Topology } from '../transport/index.js';
import { SnsHttpModule } from '../transport/sns-http/index.js';
import type { QueueDeclaration } from '../transport/topology/index.js';
import type { IamStatement } from '../transport/topology/export/index.js';

/**
 * Endpoints of SNS over HTTPS: notifications of each topic of `WEFT_SNS_HTTP_TOPICS` are handled as messages of the
 * queue that is subscribed to it. SNS has no API key of this service; its signature is checked instead.
 *
 * @throws {ConfigurationError} for a topic that no queue of the service, or more than one, is subscribed to.
 */
export function snsEndpoints({ messaging }: Settings, topology: Topology): DynamicModule[] {
  return messaging.snsHttpTopics.map((arn) => {
    const topic = lastPart(arn);
    const { name, patterns, codec, fallback, idempotent, concurrency } = queueOf(arn, topology);
    return SnsHttpModule.forRoot({
      path: `sns/${topic}`,
      topics: [arn],
      name,
      patterns,
      ...(codec && { codec }),
      ...(fallback !== undefined && { fallback }),
      ...(idempotent !== undefined && { idempotent }),
      ...(concurrency !== undefined && { concurrency }),
      decorators: [Public(), ApiExcludeController()],
    });
  });
}

/** Rights for confirming their subscriptions. */
export const snsEndpointStatements = ({ messaging }: Settings): IamStatement[] =>
  messaging.snsHttpTopics.length === 0
    ? []
    : [
        {
          Sid: 'ConfirmSubscriptions',
          Effect: 'Allow',
          Action: ['sns:ConfirmSubscription'],
          Resource: [...messaging.snsHttpTopics],
        },
      ];

function queueOf(arn: string, { queues }: Topology): QueueDeclaration {
  const name = lastPart(arn);
  const subscribed = queues.filter(
    ({ patterns, from = [], broadcast = false }) =>
      patterns.length > 0 &&
      !broadcast &&
      from.some(({ topic }) => topic === name || topic === arn),
  );
  const [queue] = subscribed;
  if (queue && subscribed.length === 1) return queue;
  throw new ConfigurationError([
    {
      variable: 'WEFT_SNS_HTTP_TOPICS',
      problem: queue
        ? `names ${arn}, which several queues are subscribed to: ${subscribed.map((one) => one.name).join(', ')}`
        : `names ${arn}, which no queue of this service is subscribed to`,
      remedy:
        'Name topics that one queue of the service has the messages of, such as that of the Results',
    },
  ]);
}
