import type { BrokerAttributes, BrokerTags } from '../broker.js';

/** What queues, topics and subscriptions have in common. */
export interface Resource {
  attributes: BrokerAttributes;
  tags: BrokerTags;
}

/** Whether what is there cannot be made anew with these attributes. */
export const differs = (
  { attributes }: Pick<Resource, 'attributes'>,
  wanted: BrokerAttributes,
): boolean => Object.entries(wanted).some(([name, value]) => attributes[name] !== value);
