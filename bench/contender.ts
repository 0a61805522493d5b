/** Where the emulator is. */
export interface ClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Queue {
  readonly name: string;
  readonly url: string;
}

/** What a contender gets to work with. */
export interface Course {
  readonly clientConfig: ClientConfig;
  /** One, unless the contender asks for more. */
  readonly queues: readonly [Queue, ...Queue[]];
  /** Messages to send, or requests to make; consumers get as many. */
  readonly messages: number;
  /** A body of the size the case asks for. */
  readonly body: string;
  /** Seconds of a long poll. */
  readonly waitTimeS: number;
  /** Does the work of one received message and counts it. */
  readonly handle: () => Promise<void> | undefined;
  /** Counts one message sent, or one request answered after so many milliseconds. */
  readonly done: (latencyMs?: number) => void;
}

/** A running contender; `stop` lets handlers end and leaves nothing behind. */
export interface Running {
  stop(): Promise<void>;
}

/** One way to do the work of a case. */
export interface Contender {
  /** As the table names it. */
  readonly name: string;
  /** How it is set, in a few words. */
  readonly settings: string;
  /** Queues the messages are spread over. Default 1. */
  readonly queues?: number;
  /** The share of a case's messages it gets, where a call for each message makes it slow. Default 1. */
  readonly share?: number;
  /** Messages on the queues beyond those that are counted. Default 0. */
  readonly surplus?: number;
  start(course: Course): Promise<Running>;
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
