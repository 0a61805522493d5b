import type { SQSClientConfig } from '@aws-sdk/client-sqs';

/** What a contender gets to work with. */
export interface Course {
  /** Where the emulator is, for the contender's own SDK clients. */
  readonly clientConfig: Required<Pick<SQSClientConfig, 'endpoint' | 'region' | 'credentials'>> & {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly queueUrl: string;
  readonly queueName: string;
  /** Messages to send, or requests to make; consumers get as many. */
  readonly messages: number;
  /** A body of the size the case asks for. */
  readonly body: string;
  /** To be called once for each message handled, sent or answered. */
  readonly done: () => void;
  /** To be called once for each HTTP call made. */
  readonly called: () => void;
}

/** A running contender; `stop` leaves nothing behind. */
export interface Running {
  stop(): Promise<void>;
}

/** One way to do the work of a case. */
export interface Contender {
  /** As the table names it. */
  readonly name: string;
  /** How it is set, in a few words. */
  readonly settings: string;
  start(course: Course): Promise<Running>;
}

interface Countable {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>,
      options: { step: 'finalizeRequest'; name: string; override: boolean },
    ): void;
  };
}

/** Counts the HTTP calls of an SDK client, retries included. */
export function countCalls(client: Countable, called: () => void): void {
  client.middlewareStack.add(
    (next) => (args) => {
      called();
      return next(args);
    },
    { step: 'finalizeRequest', name: 'countCalls', override: true },
  );
}

/** Works on every number below `count`, so many at a time. */
export async function atOnce(
  count: number,
  width: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
