import { randomUUID } from 'node:crypto';
import { Type } from 'class-transformer';
import { IsDate, IsInt, IsString, Min } from 'class-validator';
import { systemClock } from '../transport/clock.js';
import { atMost } from '../common/at-most.js';
import type { RunningService } from '../app/bootstrap.js';
import { createMessaging, queueNameOf } from '../transport/pubsub/index.js';

const TOPIC = 'weft-demo-stored';
const MAX_EVENTS = 100;
const WAIT_MS = 30_000;

/** An event that a user's own program may publish. */
class FileStored {
  @IsString() run!: string;
  @IsString() path!: string;
  @IsInt() @Min(0) bytes!: number;
  @IsDate() @Type(() => Date) at!: Date;
}

/** Publishes an event for each file, and consumes it as another program would, both without a Nest application. */
export class ShowTypedEvents {
  constructor(private readonly service: Pick<RunningService, 'aws' | 'embedded'>) {}

  /** False if the demo may not create a topic and a queue. */
  get possible(): boolean {
    return this.service.embedded !== undefined;
  }

  /** @returns the number of events received intact, and their queue. */
  async run(
    files: readonly { readonly path: string; readonly bytes: number }[],
  ): Promise<{ readonly count: number; readonly queue: string }> {
    const run = randomUUID();
    const some = files.slice(0, MAX_EVENTS);
    const messaging = createMessaging({
      aws: this.service.aws,
      environment: 'demo',
      topic: TOPIC,
      provision: 'create',
      server: { waitTimeS: 1 },
    });
    const missing = new Map(some.map(({ path, bytes }) => [path, bytes]));
    const all = Promise.withResolvers<void>();
    messaging.subscribe(FileStored, (event) => {
      // An earlier run may have ended before it received all of its events.
      if (event.run !== run || !(event.at instanceof Date)) return;
      if (missing.get(event.path) === event.bytes) missing.delete(event.path);
      if (missing.size === 0) all.resolve();
    });
    try {
      await messaging.runConsumer();
      const at = new Date();
      await Promise.all(
        some.map(({ path, bytes }) =>
          messaging.publishEvent(Object.assign(new FileStored(), { run, path, bytes, at })),
        ),
      );
      if ((await atMost(systemClock, WAIT_MS, all.promise)) === 'timedOut')
        throw new Error(`${missing.size} events have not come back within ${WAIT_MS} ms`);
    } finally {
      const closed = messaging.close();
      this.service.embedded?.endLongPolls();
      await closed;
    }
    return { count: some.length, queue: queueNameOf(TOPIC, 'demo') };
  }
}
