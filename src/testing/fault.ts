import { fieldsOf } from '../common/objects.js';

/** A request to AWS on its way through a `FaultProxy`. */
export interface ProxiedRequest {
  /** Such as `ReceiveMessage` or `PublishBatch`; for S3 the method, such as `PUT`. */
  readonly action: string;
  /** The HTTP method; `POST` except for S3. */
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case. The Content-Length is set again when it is sent on. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON of SQS, a form of SNS, an object of S3. */
  readonly body: Buffer;
}

/** An answer of AWS on its way back through a `FaultProxy`. */
export interface ProxiedAnswer {
  /** The HTTP status, such as 200. */
  readonly status: number;
  /** Names in lower case. The Content-Length is set again when it is sent on. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON of SQS, XML of SNS and S3. */
  readonly body: Buffer;
}

/** Passes a request on, to the next fault or to the broker. */
export type Forward = (request: ProxiedRequest) => Promise<ProxiedAnswer>;

/** Where and how often a fault occurs. */
export interface FaultOptions {
  /** Actions it applies to, such as `SendMessageBatch`. @defaultValue all actions that suit the kind of fault */
  readonly on?: readonly string[];
  /**
   * Probability, from 0 to 1, for each request, or for each message if the fault concerns single messages.
   *
   * @defaultValue 1
   */
  readonly share?: number;
  /** Maximum number of occurrences. @defaultValue no limit */
  readonly times?: number;
  /** Gives numbers from 0 to 1. @defaultValue Math.random */
  readonly random?: () => number;
}

/**
 * Thrown by a fault to cut the caller's connection instead of answering.
 *
 * Throw it in `pass` of your own fault; it never leaves the proxy.
 */
export class ConnectionCut extends Error {
  constructor() {
    super('The connection is cut');
  }
}

/**
 * A kind of fault. Requests and answers pass the faults of a proxy in order. Extend it for a fault that `faults` does
 * not have.
 *
 * @example
 * class Slow extends Fault {
 *   async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
 *     if (this.strikes()) await sleep(1000);
 *     return forward(request);
 *   }
 * }
 */
export abstract class Fault {
  /** How often it has occurred. */
  struck = 0;

  constructor(private readonly options: FaultOptions) {}

  /** Whether it applies to this request. */
  fits({ action }: ProxiedRequest): boolean {
    return this.options.on?.includes(action) ?? true;
  }

  /**
   * Passes a request on, drops it, or changes it or its answer.
   *
   * @throws ConnectionCut to leave the caller without an answer.
   */
  abstract pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer>;

  /** Decides at random whether it occurs now. */
  protected strikes(): boolean {
    const { share = 1, times = Infinity, random = Math.random } = this.options;
    if (this.struck >= times || random() >= share) return false;
    this.struck += 1;
    return true;
  }
}

/** The JSON of a request or an answer of SQS; empty for anything else. */
export function jsonOf({ body }: { readonly body: Buffer }): Record<string, unknown> {
  try {
    return fieldsOf(JSON.parse(body.toString()));
  } catch {
    return {};
  }
}

export const withJson = <T extends ProxiedRequest | ProxiedAnswer>(part: T, json: object): T => ({
  ...part,
  body: Buffer.from(JSON.stringify(json)),
});
