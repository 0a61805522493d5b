import { AwsClients } from '../aws/index.js';
import { brokerOf, isBroker } from './broker/broker-of.js';
import type { Broker } from './broker/broker.js';
import { PayloadStore } from './codec/payload-store.js';
import { InvalidOptionsError } from './errors/index.js';
import type { SnsSqsOptions } from './sns-sqs.options.js';
import {
  bindTopology,
  type BoundTopology,
  type ProvisionMode,
  type Topology,
} from './topology/index.js';
import { refuseUnsetOptions } from './unset-options.js';

type Bindings = Map<ProvisionMode, Promise<BoundTopology>>;

// The server and the client of a process share the SDK clients and the topology, which is looked up once for both.
const bindings = new WeakMap<Broker, Map<Topology, Bindings>>();

function bindingsOf(broker: Broker, topology: Topology): Bindings {
  const topologies = bindings.get(broker) ?? new Map<Topology, Bindings>();
  const modes: Bindings = topologies.get(topology) ?? new Map();
  bindings.set(broker, topologies.set(topology, modes));
  return modes;
}

const NO_BUCKET =
  'payloadBucket is set, but aws is the driver of a broker without S3: leave it out, or give SDK clients';

/** The SDK clients of a server or client, and its topology once it has been looked up. */
export class SnsSqsConnection {
  /** Undefined over another broker. */
  readonly aws: AwsClients | undefined;
  readonly broker: Broker;
  readonly payloads: PayloadStore | undefined;
  readonly #owned: boolean;
  #bound: Promise<BoundTopology> | undefined;

  /** @throws InvalidOptionsError for options with the value of an unset variable. */
  constructor(private readonly options: SnsSqsOptions) {
    refuseUnsetOptions(options);
    const { aws: given, payloadBucket } = options;
    this.#owned = !(given instanceof AwsClients);
    if (isBroker(given)) {
      this.aws = undefined;
      this.broker = given;
      if (payloadBucket !== undefined) throw new InvalidOptionsError(NO_BUCKET);
      this.payloads = undefined;
      return;
    }
    const aws = given instanceof AwsClients ? given : new AwsClients(given);
    this.aws = aws;
    this.broker = brokerOf(aws);
    this.payloads =
      payloadBucket === undefined ? undefined : new PayloadStore(() => aws.s3, payloadBucket);
  }

  /** Looks the topology up once, creating or verifying it as configured. A failure is not remembered. */
  bind(): Promise<BoundTopology> {
    // Called for each message; and one of the two may still send after the other has closed.
    this.#bound ??= this.#bind();
    return this.#bound;
  }

  #bind(): Promise<BoundTopology> {
    const { topology, provision = 'verify' } = this.options;
    const shared = bindingsOf(this.broker, topology);
    const bound = shared.get(provision) ?? bindTopology(topology, this.broker, provision);
    shared.set(provision, bound);
    // A failure is not cached, so the next call tries again.
    bound.catch(() => {
      shared.delete(provision);
      this.#bound = undefined;
    });
    return bound;
  }

  /** Closes the SDK clients, unless they are shared. */
  close(): void {
    this.#bound = undefined;
    bindings.get(this.broker)?.delete(this.options.topology);
    if (this.#owned) this.aws?.destroy();
  }
}
