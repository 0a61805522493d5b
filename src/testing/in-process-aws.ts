import type { InProcessAws, ServiceAddress } from '../aws/in-process.js';
import { BrokerError } from '../transport/broker/broker.error.js';
import type { MemoryBroker } from '../transport/broker/memory/memory.broker.js';
import { snsCommands } from './sns-commands.js';
import { sqsCommands } from './sqs-commands.js';

type Commands = Readonly<Record<string, (input: never) => Promise<object | void>>>;

/** Answers SDK clients with a broker in memory. */
export class MemoryAws implements InProcessAws {
  readonly #commands: Commands;

  constructor(
    readonly broker: MemoryBroker,
    readonly endpoint: string,
    private readonly others: Pick<InProcessAws, 'addressOf'>,
  ) {
    this.#commands = { ...sqsCommands(broker), ...snsCommands(broker) };
  }

  async call(command: string, input: object): Promise<object> {
    const act = this.#commands[command] as ((input: object) => Promise<object | void>) | undefined;
    if (!act)
      throw new BrokerError(
        'UnsupportedOperation',
        `The broker in memory has no ${command}: start it with { embedded: true } for the embedded stack, or use an engine`,
      );
    return (await act(input)) ?? {};
  }

  addressOf(service: 's3' | 'dynamodb'): Promise<ServiceAddress> {
    return this.others.addressOf(service);
  }
}
