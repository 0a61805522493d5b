import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Fault,
  type FaultOptions,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from '../../src/testing/index.js';

interface Entry {
  readonly Id: string;
  /** Of what is sent. */
  readonly MessageBody?: string;
  readonly MessageAttributes?: object;
  readonly MessageGroupId: string;
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

interface Asked {
  readonly Entries?: readonly Entry[];
  readonly MaxNumberOfMessages?: number;
}

interface Kept {
  readonly entry: Entry;
  receives: number;
  /** While it is in flight. */
  handle?: string | undefined;
  /** Epoch milliseconds of the end of its lease. */
  untilMs: number;
}

/** Milliseconds of a long poll that finds nothing. */
const WAIT_MS = 20;
const MAX_RECEIVED = 10;

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/**
 * The messages of one FIFO queue, kept behind a proxy as AWS describes it: a receive gives out several messages
 * of a group, and no more of them while one is in flight. The embedded queue gives out one at a time, so nothing
 * waits in the consumer there. Where the fault strikes, a lease ends behind its holder's back.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export class FifoQueue extends Fault {
  /** Bodies of messages whose lease ended early. */
  readonly lost = new Set<string>();
  #messages: Kept[] = [];

  constructor(
    private readonly visibilityMs: number,
    options: FaultOptions,
  ) {
    super({
      ...options,
      on: [
        'SendMessageBatch',
        'ReceiveMessage',
        'DeleteMessageBatch',
        'ChangeMessageVisibilityBatch',
      ],
    });
  }

  get empty(): boolean {
    return this.#messages.length === 0;
  }

  override async pass({ action, body }: ProxiedRequest, _forward: Forward): Promise<ProxiedAnswer> {
    const asked = JSON.parse(body.toString()) as Asked;
    const answer =
      action === 'ReceiveMessage' ? await this.#receive(asked) : this.#each(action, asked);
    return {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: Buffer.from(JSON.stringify(answer)),
    };
  }

  async #receive({ MaxNumberOfMessages: most = 1 }: Asked): Promise<object> {
    for (const message of this.#messages)
      if (message.handle && message.untilMs < Date.now()) this.#lose(message);
    const busy = new Set(
      this.#messages.filter(({ handle }) => handle).map(({ entry }) => entry.MessageGroupId),
    );
    const given = this.#messages
      .filter(({ entry }) => !busy.has(entry.MessageGroupId))
      .slice(0, Math.min(most, MAX_RECEIVED));
    if (given.length === 0) await sleep(WAIT_MS);
    return { Messages: given.map((message) => this.#give(message)) };
  }

  #give(message: Kept): object {
    const { entry } = message;
    const { MessageBody: body = '' } = entry;
    const handle = randomUUID();
    message.handle = handle;
    message.untilMs = Date.now() + this.visibilityMs;
    message.receives += 1;
    if (this.strikes()) this.#lose(message);
    return {
      MessageId: md5(body),
      ReceiptHandle: handle,
      Body: body,
      MD5OfBody: md5(body),
      MessageAttributes: entry.MessageAttributes,
      Attributes: {
        ApproximateReceiveCount: String(message.receives),
        MessageGroupId: entry.MessageGroupId,
      },
    };
  }

  #lose(message: Kept): void {
    message.handle = undefined;
    this.lost.add(message.entry.MessageBody ?? '');
  }

  #each(action: string, { Entries: entries = [] }: Asked): object {
    const done = entries.filter((entry) => this.#do(action, entry));
    return {
      Successful: done.map(({ Id, MessageBody: body = '' }) => ({
        Id,
        MessageId: md5(body),
        MD5OfMessageBody: md5(body),
      })),
      Failed: entries
        .filter((entry) => !done.includes(entry))
        .map(({ Id }) => ({ Id, Code: 'ReceiptHandleIsInvalid', SenderFault: true })),
    };
  }

  #do(action: string, entry: Entry): boolean {
    if (action === 'SendMessageBatch')
      return this.#messages.push({ entry, receives: 0, untilMs: 0 }) > 0;
    const held = this.#messages.find(({ handle }) => handle === entry.ReceiptHandle);
    if (!held) return false;
    if (action === 'DeleteMessageBatch')
      this.#messages = this.#messages.filter((one) => one !== held);
    else if (entry.VisibilityTimeout === 0) held.handle = undefined;
    else held.untilMs = Date.now() + entry.VisibilityTimeout * 1000;
    return true;
  }
}
