import { AwsClients } from '../aws/index.js';
import { PayloadStore } from './codec/payload-store.js';
import type { SnsSqsOptions } from './sns-sqs.options.js';
import { bindTopology, type BoundTopology } from './topology/index.js';

/** The SDK clients of one server or client, and its topology once AWS knows it. */
export class SnsSqsConnection {
  readonly aws: AwsClients;
  readonly payloads: PayloadStore | undefined;
  readonly #owned: boolean;
  #bound: Promise<BoundTopology> | undefined;

  constructor(private readonly options: SnsSqsOptions) {
    this.#owned = !(options.aws instanceof AwsClients);
    this.aws = options.aws instanceof AwsClients ? options.aws : new AwsClients(options.aws);
    this.payloads =
      options.payloadBucket === undefined
        ? undefined
        : new PayloadStore(() => this.aws.s3, options.payloadBucket);
  }

  /** Looks the topology up once, creating or verifying it as configured. A failure is not remembered. */
  bind(): Promise<BoundTopology> {
    this.#bound ??= bindTopology(
      this.options.topology,
      this.aws,
      this.options.provision ?? 'verify',
    ).catch((error: unknown) => {
      this.#bound = undefined;
      throw error;
    });
    return this.#bound;
  }

  /** Closes the SDK clients, unless they are shared. */
  close(): void {
    this.#bound = undefined;
    if (this.#owned) this.aws.destroy();
  }
}
