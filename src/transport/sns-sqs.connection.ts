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

// A server and a client of one process have clients and topology in common, and look it up once between them.
const bindings = new WeakMap<Broker, Map<Topology, Bindings>>();

function bindingsOf(broker: Broker, topology: Topology): Bindings {
  const topologies = bindings.get(broker) ?? new Map<Topology, Bindings>();
  const modes: Bindings = topologies.get(topology) ?? new Map();
  bindings.set(broker, topologies.set(topology, modes));
  return modes;
}

const NO_BUCKET =
  'payloadBucket is set, but aws is the driver of a broker without S3: leave it out, or give SDK clients';

/** The SDK clients of one server or client, and its topology once AWS knows it. */
export class SnsSqsConnection {
  /** Undefined over another broker. */
  readonly aws: AwsClients | undefined;
  readonly broker: Broker;
  readonly payloads: PayloadStore | undefined;
  readonly #owned: boolean;
  #bound: Promise<BoundTopology> | undefined;

  /** @throws InvalidOptionsError for options made of variables that are not set. */
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
    // Asked for at each message, and by who still sends while the other of the two has closed already.
    this.#bound ??= this.#bind();
    return this.#bound;
  }

  #bind(): Promise<BoundTopology> {
    const { topology, provision = 'verify' } = this.options;
    const shared = bindingsOf(this.broker, topology);
    const bound = shared.get(provision) ?? bindTopology(topology, this.broker, provision);
    shared.set(provision, bound);
    // A failure is forgotten, so that the next one to ask tries again.
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
