import {
  Fault,
  jsonOf,
  withJson,
  type FaultOptions,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from './fault.js';

const MAX_RECEIVED = 10;

interface WireMessage {
  readonly ReceiptHandle: string;
}

const messagesOf = (answer: ProxiedAnswer): readonly WireMessage[] =>
  (jsonOf(answer)['Messages'] ?? []) as readonly WireMessage[];

/** Messages that were kept from receives, by the queue they are on. */
class KeptMessages {
  readonly #byQueue = new Map<unknown, WireMessage[]>();

  of({ QueueUrl: queue }: Readonly<Record<string, unknown>>): WireMessage[] {
    const kept = this.#byQueue.get(queue) ?? [];
    this.#byQueue.set(queue, kept);
    return kept;
  }
}

/** Delivers received messages again. */
export class DuplicateFault extends Fault {
  readonly #again = new KeptMessages();

  constructor(options: FaultOptions) {
    super({ ...options, on: ['ReceiveMessage'] });
  }

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const wanted = jsonOf(request);
    const again = this.#again.of(wanted);
    // A receive that gets a copy need not wait for a message.
    const answer = await forward(
      again.length > 0 ? withJson(request, { ...wanted, WaitTimeSeconds: 0 }) : request,
    );
    if (answer.status !== 200) return answer;
    const fresh = messagesOf(answer);
    const { MaxNumberOfMessages: most = 1 } = wanted as { MaxNumberOfMessages?: number };
    const copies = again.splice(0, Math.min(most, MAX_RECEIVED) - fresh.length);
    again.push(...fresh.filter(() => this.strikes()));
    return withJson(answer, { ...jsonOf(answer), Messages: [...fresh, ...copies] });
  }
}

/** Holds back some received messages for a later receive, and shuffles the others. */
export class ReorderFault extends Fault {
  readonly #kept = new KeptMessages();

  constructor(private readonly chances: FaultOptions) {
    super({ ...chances, on: ['ReceiveMessage'] });
  }

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const wanted = jsonOf(request);
    const { MaxNumberOfMessages: most = 1 } = wanted as { MaxNumberOfMessages?: number };
    const later = this.#kept.of(wanted);
    const kept = later.splice(0);
    // A receive that gets a held message need not wait for another one.
    const answer = await forward(
      kept.length === 0
        ? request
        : withJson(request, {
            ...wanted,
            MaxNumberOfMessages: Math.max(1, most - kept.length),
            WaitTimeSeconds: 0,
          }),
    );
    if (answer.status !== 200) {
      later.push(...kept);
      return answer;
    }
    const shuffled = this.#shuffle([...kept, ...messagesOf(answer)]);
    const given = shuffled.splice(0, most).filter((message) => {
      const keeps = this.strikes();
      if (keeps) later.push(message);
      return !keeps;
    });
    later.push(...shuffled);
    return withJson(answer, { ...jsonOf(answer), Messages: given });
  }

  #shuffle(messages: readonly WireMessage[]): WireMessage[] {
    const { random = Math.random } = this.chances;
    return messages
      .map((message) => ({ message, place: random() }))
      .toSorted((one, other) => one.place - other.place)
      .map(({ message }) => message);
  }
}

/** Makes received messages visible at once, without telling their consumer. */
export class ExpireLeaseFault extends Fault {
  constructor(options: FaultOptions) {
    super({ ...options, on: ['ReceiveMessage'] });
  }

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const answer = await forward(request);
    const { QueueUrl } = jsonOf(request);
    const struck = messagesOf(answer).filter(() => this.strikes());
    for (const { ReceiptHandle } of struck) {
      await forward({
        ...withJson(request, { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
        action: 'ChangeMessageVisibility',
        headers: { ...request.headers, 'x-amz-target': 'AmazonSQS.ChangeMessageVisibility' },
      });
    }
    return answer;
  }
}

interface Entry {
  readonly Id: string;
}

/** Fails some entries of a batch itself; the broker does not get them. */
export class FailEntriesFault extends Fault {
  constructor(
    options: FaultOptions,
    private readonly senderFault: boolean,
  ) {
    super(options);
  }

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    const asked = jsonOf(request);
    const entries = asked['Entries'] as readonly Entry[] | undefined;
    const failed = (entries ?? []).filter(() => this.strikes());
    if (entries === undefined || failed.length === 0) return forward(request);
    const left = entries.filter((entry) => !failed.includes(entry));
    const answer =
      left.length === 0
        ? {
            status: 200,
            headers: { 'content-type': 'application/x-amz-json-1.0' },
            body: Buffer.from('{"Successful":[]}'),
          }
        : await forward(withJson(request, { ...asked, Entries: left }));
    const answered = jsonOf(answer);
    const refused = failed.map(({ Id }) => ({
      Id,
      Code: this.senderFault ? 'InvalidParameterValue' : 'InternalError',
      Message: 'Injected by a test',
      SenderFault: this.senderFault,
    }));
    const others = (answered['Failed'] ?? []) as readonly object[];
    return withJson(answer, { ...answered, Failed: [...others, ...refused] });
  }
}
