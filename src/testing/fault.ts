import { fieldsOf } from '../common/objects.js';

/** A request to AWS on its way through a `FaultProxy`. */
export interface ProxiedRequest {
  /** Such as `ReceiveMessage` or `PublishBatch`; of S3 the method, such as `PUT`. */
  readonly action: string;
  /** Of HTTP; all but S3's are `POST`. */
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case. The Content-Length is set again when it is sent on. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON of SQS, a form of SNS, an object of S3. */
  readonly body: Buffer;
}

/** What AWS answers, on its way back through a `FaultProxy`. */
export interface ProxiedAnswer {
  /** Of HTTP, such as 200. */
  readonly status: number;
  /** Names in lower case. The Content-Length is set again when it is sent on. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON of SQS, XML of SNS and S3. */
  readonly body: Buffer;
}

/** Passes a request on, to the next fault or to the broker. */
export type Forward = (request: ProxiedRequest) => Promise<ProxiedAnswer>;

/** Where and how often a fault strikes. */
export interface FaultOptions {
  /** Actions it is for, such as `SendMessageBatch`. @defaultValue all that the kind of fault fits */
  readonly on?: readonly string[];
  /** Chance, from 0 to 1, for each request; for faults of single messages, for each of those. @defaultValue 1 */
  readonly share?: number;
  /** How often it strikes at most. @defaultValue no limit */
  readonly times?: number;
  /** Gives numbers from 0 to 1. @defaultValue Math.random */
  readonly random?: () => number;
}

/**
 * Thrown by a fault to cut the caller's connection instead of answering.
 *
 * Throw it in `pass` of a fault of your own; outside of a proxy it is never seen.
 */
export class ConnectionCut extends Error {
  constructor() {
    super('The connection is cut');
  }
}

/**
 * One thing that goes wrong. Those of a proxy are passed in order, each on the way there and back. Extend it for what
 * `faults` has not.
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
  /** How often it has struck. */
  struck = 0;

  constructor(private readonly options: FaultOptions) {}

  /** Whether it may strike this request. */
  fits({ action }: ProxiedRequest): boolean {
    return this.options.on?.includes(action) ?? true;
  }

  /** Lets a request through, or not, or changes it or its answer. @throws ConnectionCut to leave the caller without an answer. */
  abstract pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer>;

  /** Draws whether it strikes now. */
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
