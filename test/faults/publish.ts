import { lastValueFrom } from 'rxjs';
import { record, type SnsSqsClient } from '../../src/transport/index.js';

const AT_ONCE = 200;

/**
 * Sends each job until SQS is known to have it: again under the same id when
 * it is not, as an outbox would.
 */
export async function publish(
  client: SnsSqsClient,
  jobs: readonly number[],
  sent: (job: number) => void | Promise<void>,
): Promise<void> {
  const waiting = [...jobs];
  const send = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      try {
        const message = record({ job }).withId(`job-${job}`).build();
        await lastValueFrom(client.emit('job.run', message), { defaultValue: undefined });
        await sent(job);
      } catch {
        waiting.push(job);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
}
