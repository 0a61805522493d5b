import { lastValueFrom } from 'rxjs';
import { record, type SnsSqsClient } from '../../src/transport/index.js';

/** Messages one client is sending at once. */
const AT_ONCE = 200;
/** Of them in one group, where order counts. */
const OF_A_GROUP = 4;

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

/**
 * The same for an ordered queue: several jobs of a group at once, and those that
 * were refused again in their order. Job n is in group n % groups.
 */
export async function publishInOrder(
  clients: readonly SnsSqsClient[],
  jobs: readonly number[],
  groups: number,
  sent: Sent,
): Promise<void> {
  const byGroup = Map.groupBy(jobs, (job) => job % groups);
  const send = async ([group, own]: [number, number[]]): Promise<void> => {
    const client = clients[group % clients.length];
    for (let left = own; client && left.length > 0;) {
      const now = left.slice(0, OF_A_GROUP);
      const taken = await Promise.allSettled(
        now.map(async (job) => {
          await emitJob(client, job, String(group));
          await sent(job);
        }),
      );
      const refused = now.filter((_job, at) => taken[at]?.status === 'rejected');
      left = [...refused, ...left.slice(OF_A_GROUP)];
    }
  };
  await Promise.all([...byGroup].map(send));
}

async function sendJob(client: SnsSqsClient, job: number, sent: Sent): Promise<void> {
  for (;;) {
    try {
      await emitJob(client, job);
      return await sent(job);
    } catch {
      // SQS may have it or not: the same again.
    }
  }
}

function emitJob(client: SnsSqsClient, job: number, group?: string): Promise<void> {
  const draft = record({ job }).withId(`job-${job}`);
  const message = (group === undefined ? draft : draft.withGroup(group)).build();
  return lastValueFrom(client.emit<void>('job.run', message), { defaultValue: undefined });
}
