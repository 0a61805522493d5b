import type { ReadPacket, WritePacket } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { record, SnsSqsClient, WeftError } from '../../src/transport/index.js';

/** Requests one client waits for at once: of more, a busy machine answers the last ones after their time-out. */
const AT_ONCE = 20;

/** Notes how often a caller is told that its request has ended: an Observable shows the first time alone. */
class CountingClient extends SnsSqsClient {
  endedAgain = 0;

  protected override publish(
    packet: ReadPacket,
    callback: (packet: WritePacket) => void,
  ): () => void {
    let ended = false;
    return super.publish(packet, (answer) => {
      if (ended) this.endedAgain += 1;
      ended ||= answer.isDisposed === true || answer.err !== undefined;
      callback(answer);
    });
  }
}

/** Asks for jobs, and counts what their callers are told. */
export class Askers {
  readonly #clients: readonly CountingClient[];
  /** Callers that were not given their own answer, by the code of what they were given instead. */
  readonly failures = new Map<string, number>();

  constructor(options: readonly ConstructorParameters<typeof SnsSqsClient>[0][]) {
    this.#clients = options.map((one) => new CountingClient(one));
  }

  get answeredTwice(): number {
    return this.#clients.reduce((sum, { endedAgain }) => sum + endedAgain, 0);
  }

  /** Asks once for each job; resolves when every caller has been told how its request ended. */
  async ask(jobs: readonly number[], answered: (job: number) => void): Promise<void> {
    const waiting = jobs.values();
    const askOn = async (client: SnsSqsClient): Promise<void> => {
      for (const job of waiting) {
        const request = record({ job }).withId(`job-${job}`).build();
        try {
          const answer = await lastValueFrom(client.send<unknown>('job.ask', request));
          if (answer === job) answered(job);
          else this.#count('another answer');
        } catch (error) {
          this.#count(error instanceof WeftError ? error.code : String(error));
        }
      }
    };
    await Promise.all(
      this.#clients.flatMap((client) => Array.from({ length: AT_ONCE }, () => askOn(client))),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #count(code: string): void {
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
  }
}
