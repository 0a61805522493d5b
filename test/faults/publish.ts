import { lastValueFrom } from 'rxjs';
import { record, type SnsSqsClient } from '../../src/transport/index.js';

/** Messages one client is sending at once. */
const AT_ONCE = 200;

type Sent = (job: number) => void | Promise<void>;

/**
 * Sends each job until SQS is known to have it: again under the same id when
 * it is not, as an outbox would.
 */
export async function publish(
  clients: readonly SnsSqsClient[],
  jobs: readonly number[],
  sent: Sent,
): Promise<void> {
  const waiting = jobs.values();
  const send = async (client: SnsSqsClient): Promise<void> => {
    for (const job of waiting) await sendJob(client, job, sent);
  };
  await Promise.all(
    clients.flatMap((client) => Array.from({ length: AT_ONCE }, () => send(client))),
  );
}

/** The same for an ordered queue: the jobs of a group one after the other, job n in group n % groups. */
export async function publishInOrder(
  clients: readonly SnsSqsClient[],
  jobs: readonly number[],
  groups: number,
  sent: Sent,
): Promise<void> {
  const byGroup = Map.groupBy(jobs, (job) => job % groups);
  const send = async ([group, own]: [number, number[]]): Promise<void> => {
    const client = clients[group % clients.length];
    for (const job of own) if (client) await sendJob(client, job, sent, String(group));
  };
  await Promise.all([...byGroup].map(send));
}

async function sendJob(
  client: SnsSqsClient,
  job: number,
  sent: Sent,
  group?: string,
): Promise<void> {
  const draft = record({ job }).withId(`job-${job}`);
  const message = (group === undefined ? draft : draft.withGroup(group)).build();
  for (;;) {
    try {
      await lastValueFrom(client.emit('job.run', message), { defaultValue: undefined });
      return await sent(job);
    } catch {
      // SQS may have it or not: the same again.
    }
  }
}
