import type { Logger } from '@nestjs/common';

import { systemClock, type Clock } from '../clock.js';
import { watchCalls, type WatchedCall } from '../observing/watch-calls.js';
import { OutageLog } from '../outage.log.js';
import {
  DEFAULT_ACK_LINGER_MS,
  DEFAULT_MAX_IN_FLIGHT_BYTES,
  DEFAULT_MAX_LEASE_MS,
} from '../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import type { MessageProcessor } from './handling/message.processor.js';
import { Heartbeat } from './leases/heartbeat.js';
import { LeaseRegistry } from './leases/lease.registry.js';
import { SlowestCall } from './leases/slowest.call.js';
import { VisibilityChanger } from './leases/visibility.changer.js';
import { Capacity } from './polling/capacity.js';
import { receiveSettings } from './polling/receive.settings.js';
import { Receiver } from './polling/receiver.js';
import {
  concurrencyOf,
  failureParts,
  queueProcessor,
  type QueueDependencies,
} from './queue.processor.js';
import { Acknowledger } from './settling/acknowledger.js';
import { Settlement } from './settling/settlement.js';

/** The parts that a polled message passes between its receive and its delete. */
export interface QueuePipeline {
  readonly clock: Clock;
  readonly realTime: Clock;
  /** Seconds of a long poll. */
  readonly waitTimeS: number;
  readonly receiver: Receiver;
  readonly capacity: Capacity;
  readonly leases: LeaseRegistry;
  readonly heartbeat: Heartbeat;
  readonly processor: MessageProcessor;
  readonly settlement: Settlement;
  readonly acknowledger: Acknowledger;
  readonly visibility: VisibilityChanger;
  /** The log of a repeatedly failing operation. */
  readonly outage: (what: string) => OutageLog;
}

/** @param onLost called for each lease that is lost. */
export function queuePipeline(
  queue: BoundQueue,
  options: SnsSqsServerOptions,
  dependencies: QueueDependencies,
  logger: Logger,
  onLost: () => void,
): QueuePipeline {
  const { clock, realTime = systemClock, openQueue } = dependencies;
  const { name, retry } = queue.declaration;
  const { visibilityTimeoutS, waitTimeS } = receiveSettings(queue, options);
  const broker = openQueue(queue.url);
  const watch = (operation: 'receive' | 'ack'): WatchedCall =>
    watchCalls(options.observer, { system: 'aws_sqs', destination: name, operation });
  const outage = (what: string): OutageLog => new OutageLog(logger, clock, what, { queue: name });
  const asking = { queue: broker, clock, realTime, slowest: new SlowestCall(realTime) };
  const visibility = new VisibilityChanger({
    ...asking,
    outage: outage('Changing the visibility'),
  });
  const acknowledger = new Acknowledger({
    ...asking,
    // A FIFO group goes on only when its message is deleted, so its acknowledgements do not wait for others.
    lingerMs: queue.fifo ? 0 : (options.ackLingerMs ?? DEFAULT_ACK_LINGER_MS),
    outage: outage('Deleting messages'),
    watched: watch('ack'),
  });
  const leases = new LeaseRegistry({
    visibilityMs: visibilityTimeoutS * 1000,
    maxLeaseMs: options.maxLeaseMs ?? DEFAULT_MAX_LEASE_MS,
    onLost,
  });
  const settlement = new Settlement({
    ...failureParts(queue, options, dependencies),
    leases,
    acknowledger,
    visibility,
    retry: { ...options.retry, ...retry },
    clock,
    realTime,
    maxReceiveCount: queue.maxReceiveCount,
  });
  return {
    clock,
    realTime,
    waitTimeS,
    receiver: new Receiver(broker, queue, visibilityTimeoutS, watch('receive')),
    capacity: new Capacity(
      leases,
      concurrencyOf(queue, options),
      options.maxInFlightBytes ?? DEFAULT_MAX_IN_FLIGHT_BYTES,
    ),
    leases,
    heartbeat: new Heartbeat(leases, visibility, visibilityTimeoutS, clock),
    processor: queueProcessor(queue, options, dependencies, settlement),
    settlement,
    acknowledger,
    visibility,
    outage,
  };
}
