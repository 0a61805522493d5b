import type { AwsClients } from '../../aws/index.js';
import { inProcessOf } from '../../aws/in-process.js';
import { AwsBroker, type BrokerClients } from './aws/aws.broker.js';
import type { Broker } from './broker.js';

export type { BrokerClients };

const drivers = new WeakMap<object, Broker>();

/** Whether the value is a broker's driver, not a set of AWS clients. */
export const isBroker = (value: object): value is Broker =>
  'openQueue' in value && 'send' in value && 'queues' in value && 'topics' in value;

/** The driver for these clients. Callers that share the clients share the driver. */
export function brokerOf(aws: Broker | AwsClients | BrokerClients): Broker {
  if (isBroker(aws)) return aws;
  const driver = inProcessOf(aws)?.broker;
  const known = drivers.get(aws) ?? (driver && isBroker(driver) ? driver : new AwsBroker(aws));
  drivers.set(aws, known);
  return known;
}
