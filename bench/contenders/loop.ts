import { atOnce, type Course, type Running } from '../contender.js';

export const POLLERS = 8;
export const BATCH = 10;

export interface Received {
  readonly Body?: string | undefined;
  readonly ReceiptHandle?: string | undefined;
}

/** The two calls a consumer makes. */
export interface ConsumerCalls {
  receive(): Promise<readonly Received[]>;
  delete(messages: readonly Received[]): Promise<unknown>;
  close(): void;
}

/** What a careful engineer writes by hand: several pollers, batches both ways, no framework. */
export function startLoop({ handle }: Course, calls: ConsumerCalls): Running {
  let running = true;
  const poll = async (): Promise<void> => {
    while (running) {
      const messages = await calls.receive();
      if (messages.length === 0) continue;
      const handled = messages.map(({ Body: body = '' }) => {
        JSON.parse(body);
        return handle();
      });
      await Promise.all(handled.filter((work) => work !== undefined));
      await calls.delete(messages);
    }
  };
  const pollers = Promise.all(Array.from({ length: POLLERS }, poll));
  return {
    stop: async () => {
      running = false;
      await pollers;
      calls.close();
    },
  };
}

/** Sends batches of ten from as many senders as there are pollers. */
export async function sendAll(
  { messages, done }: Course,
  sendTen: () => Promise<unknown>,
): Promise<void> {
  await atOnce(messages / BATCH, POLLERS, async () => {
    await sendTen();
    for (let sent = 0; sent < BATCH; sent += 1) done();
  });
}
