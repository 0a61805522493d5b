import {
  Fault,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from '../../src/testing/index.js';
import type { Ledger } from './ledger.js';

interface Entry {
  readonly Id: string;
  readonly ReceiptHandle: string;
}

interface Received {
  readonly ReceiptHandle: string;
  readonly Body: string;
}

/** Calls that end or renew a lease. */
const LEASE_CALLS = ['DeleteMessage', 'DeleteMessageBatch', 'ChangeMessageVisibilityBatch'];

/** No fault: stands next to the broker and notes which jobs' messages it has deleted, and how long the broker took. */
export class Watch extends Fault {
  readonly #jobs = new Map<string, number>();

  constructor(private readonly ledger: Ledger) {
    super({ on: ['ReceiveMessage', ...LEASE_CALLS] });
  }

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const { action } = request;
    const sentMs = performance.now();
    const answer = await forward(request);
    if (LEASE_CALLS.includes(action)) this.ledger.called(performance.now() - sentMs);
    if (answer.status !== 200) return answer;
    if (action === 'ReceiveMessage') this.#received(answer);
    else if (action.startsWith('DeleteMessage')) this.#deleted(request, answer);
    return answer;
  }

  #received({ body }: ProxiedAnswer): void {
    const { Messages: messages = [] } = JSON.parse(body.toString()) as { Messages?: Received[] };
    for (const { ReceiptHandle: handle, Body: text } of messages) {
      const job = jobOf(text);
      if (job !== undefined) this.#jobs.set(handle, job);
    }
  }

  #deleted(request: ProxiedRequest, answer: ProxiedAnswer): void {
    const asked = JSON.parse(request.body.toString()) as { Entries?: Entry[] };
    const { Successful: done = [] } = JSON.parse(answer.body.toString()) as {
      Successful?: Entry[];
    };
    const ids = new Set(done.map(({ Id }) => Id));
    for (const { Id, ReceiptHandle } of asked.Entries ?? []) {
      const job = this.#jobs.get(ReceiptHandle);
      if (!ids.has(Id) || job === undefined) continue;
      this.ledger.deleted(job);
      this.#jobs.delete(ReceiptHandle);
    }
  }
}

/** The job a message of the native codec is about. */
export function jobOf(body: string | undefined): number | undefined {
  const packet = JSON.parse(body ?? '{}') as { data?: { job?: unknown } };
  return typeof packet.data?.job === 'number' ? packet.data.job : undefined;
}
