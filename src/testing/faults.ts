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

/** Strikes whole requests. */
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
 * What can go wrong between a program and AWS. Each takes `on`, `share`,
 * `times` and `random`.
 *
 * @example
 * const proxy = await broker.proxy(
 *   faults.serverError({ share: 0.2 }),
 *   faults.loseAnswer({ on: ['SendMessageBatch'], times: 1 }),
 * );
 */
export const faults = {
  /** The request arrives late, by a random time between the two; milliseconds. */
  delay: (
    { minMs = 0, maxMs }: { readonly minMs?: number; readonly maxMs: number },
    options: FaultOptions = {},
  ): Fault =>
    new RequestFault(options, async (request, forward) => {
      await sleep(minMs + (options.random ?? Math.random)() * (maxMs - minMs));
      return forward(request);
    }),

  /** The connection is cut before the request has had any effect. */
  reset: (options: FaultOptions = {}): Fault => new RequestFault(options, cut),

  /** The request has its effect, and then the connection is cut instead of an answer. */
  loseAnswer: (options: FaultOptions = {}): Fault =>
    new RequestFault(options, async (request, forward) => {
      await forward(request);
      return cut(request, forward);
    }),

  /** AWS answers 500 or whatever status is given, without an effect. */
  serverError: (options: FaultOptions & { readonly status?: number } = {}): Fault =>
    new RequestFault(options, refusal(options.status ?? 503, 'ServiceUnavailable')),

  /** AWS asks to be called less often. */
  throttle: (options: FaultOptions = {}): Fault =>
    new RequestFault(options, refusal(400, 'ThrottlingException')),

  /**
   * Messages received are delivered a second time, in a later receive. For
   * other actions (`on`) the whole request is made twice.
   */
  duplicate: (options: FaultOptions = {}): Fault =>
    options.on?.includes('ReceiveMessage') === false
      ? new RequestFault(options, async (request, forward) => {
          await forward(request);
          return forward(request);
        })
      : new DuplicateFault(options),

  /** Received messages come in another order, some of them in a later receive; their leases run meanwhile. */
  reorder: (options: FaultOptions = {}): Fault => new ReorderFault(options),

  /** Leases of received messages run out at once: the next receive delivers the messages again. */
  expireLease: (options: FaultOptions = {}): Fault => new ExpireLeaseFault(options),

  /** Single entries of SQS batches fail, without an effect, by the sender's fault or the service's. */
  failEntries: (options: FaultOptions & { readonly senderFault?: boolean } = {}): Fault =>
    new FailEntriesFault(options, options.senderFault ?? false),
} as const;
