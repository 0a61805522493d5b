import { InvalidEventError } from '../errors/index.js';
import type { QueueMaker } from '../server/consumed.queue.js';
import type { QueueDependencies } from '../server/queue.processor.js';
import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import { EventQueue } from './event.queue.js';
import { readSqsEvent, type EventRecord } from './sqs-event.js';

/** The queues of a server whose messages come in Lambda events instead of polls. */
export class SqsEventSource implements QueueMaker {
  readonly withoutBroadcasts = 'Lambda does not get';
  readonly #queues: EventQueue[] = [];

  open(
    queue: BoundQueue,
    options: SnsSqsServerOptions,
    dependencies: QueueDependencies,
  ): EventQueue {
    const opened = new EventQueue(queue, options, dependencies);
    this.#queues.push(opened);
    return opened;
  }

  /**
   * Handles the messages of an event for as long as there is time.
   *
   * @param timeMs milliseconds after which no message is started or waited for.
   * @returns ids of the messages to redeliver.
   * @throws InvalidEventError before any message is handled, if the event is not from SQS, or from a queue not consumed
   * here.
   */
  async handle(event: unknown, leftMs: () => number): Promise<readonly string[]> {
    const lines = new Map<EventQueue, EventRecord[]>();
    for (const record of readSqsEvent(event)) {
      const queue = this.#queueOf(record);
      const known = lines.get(queue);
      if (known) known.push(record);
      else lines.set(queue, [record]);
    }
    const failed = await Promise.all(
      [...lines].map(([queue, records]) => queue.handle(records, leftMs)),
    );
    return failed.flat();
  }

  #queueOf({ account, queue: name }: EventRecord): EventQueue {
    const found = this.#queues.find(({ queue }) => queue.url.endsWith(`/${account}/${name}`));
    if (found) return found;
    const consumed = this.#queues.map(({ queue }) => queue.declaration.name).join(', ') || 'none';
    throw new InvalidEventError(
      `The event is of the queue ${name} of account ${account}, which is not consumed here; consumed: ${consumed}`,
      { details: { queue: name } },
    );
  }
}
