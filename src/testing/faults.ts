import { setTimeout as sleep } from 'node:timers/promises';

import {
  ConnectionCut,
  Fault,
  type FaultOptions,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from './fault.js';
import {
  DuplicateFault,
  ExpireLeaseFault,
  FailEntriesFault,
  ReorderFault,
} from './message-faults.js';

type Effect = (request: ProxiedRequest, forward: Forward) => Promise<ProxiedAnswer>;

/** A fault of whole requests. */
class RequestFault extends Fault {
  constructor(
    options: FaultOptions,
    private readonly effect: Effect,
  ) {
    super(options);
  }

  override pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    return this.strikes() ? this.effect(request, forward) : forward(request);
  }
}

const cut: Effect = () => Promise.reject(new ConnectionCut());

const refusal = (status: number, code: string): Effect => {
  const message = 'Injected by a test';
  return async ({ headers }) => {
    const json = (headers['content-type'] ?? '').includes('json');
    const error = `<Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
    return {
      status,
      headers: { 'content-type': json ? 'application/x-amz-json-1.0' : 'text/xml' },
      body: Buffer.from(
        json
          ? JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message })
          : `<ErrorResponse>${error}<RequestId>test</RequestId></ErrorResponse>`,
      ),
    };
  };
};

/**
 * Faults between a program and AWS. Each has the options `on`, `share`, `times` and `random`.
 *
 * @example
 * const proxy = await broker.proxy(
 *   faults.serverError({ share: 0.2 }),
 *   faults.loseAnswer({ on: ['SendMessageBatch'], times: 1 }),
 * );
 */
export const faults = {
  /** Delays the request by a random time between the two, in milliseconds. */
  delay: (
    { minMs = 0, maxMs }: { readonly minMs?: number; readonly maxMs: number },
    options: FaultOptions = {},
  ): Fault =>
    new RequestFault(options, async (request, forward) => {
      await sleep(minMs + (options.random ?? Math.random)() * (maxMs - minMs));
      return forward(request);
    }),

  /** Cuts the connection before the request has any effect. */
  reset: (options: FaultOptions = {}): Fault => new RequestFault(options, cut),

  /** Lets the request take effect, then cuts the connection instead of answering. */
  loseAnswer: (options: FaultOptions = {}): Fault =>
    new RequestFault(options, async (request, forward) => {
      await forward(request);
      return cut(request, forward);
    }),

  /** Answers 503, or another given status, without any effect. */
  serverError: (options: FaultOptions & { readonly status?: number } = {}): Fault =>
    new RequestFault(options, refusal(options.status ?? 503, 'ServiceUnavailable')),

  /** Answers with throttling. */
  throttle: (options: FaultOptions = {}): Fault =>
    new RequestFault(options, refusal(400, 'ThrottlingException')),

  /**
   * Delivers received messages a second time, in a later receive. For other actions (`on`) it makes the whole request
   * twice.
   */
  duplicate: (options: FaultOptions = {}): Fault =>
    options.on?.includes('ReceiveMessage') === false
      ? new RequestFault(options, async (request, forward) => {
          await forward(request);
          return forward(request);
        })
      : new DuplicateFault(options),

  /** Changes the order of received messages, and delays some to a later receive; their leases run meanwhile. */
  reorder: (options: FaultOptions = {}): Fault => new ReorderFault(options),

  /** Ends the leases of received messages at once, so that the next receive delivers them again. */
  expireLease: (options: FaultOptions = {}): Fault => new ExpireLeaseFault(options),

  /** Fails single entries of SQS batches without any effect, by the sender's fault or the service's. */
  failEntries: (options: FaultOptions & { readonly senderFault?: boolean } = {}): Fault =>
    new FailEntriesFault(options, options.senderFault ?? false),
} as const;
