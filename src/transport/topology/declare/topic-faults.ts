import { parseTopicArn, isArn } from '../../../common/arn.js';
import { wholeNumberFaults } from '../../../common/whole-numbers.js';
import { fifoFaults, keyFaults, tagFaults } from './checks.js';
import { isFifoName } from '../../../common/resource-names.js';
import type { TopicDeclaration } from './topology.js';

const NAME = /^[\w-]{1,256}(\.fifo)?$/;
const MAX_NAME_LENGTH = 256;
// https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html
const MESSAGE_BYTES = [1024, 1024 * 1024] as const;

/** The faults of a topic's declaration. */
export function topicFaults(topic: TopicDeclaration): string[] {
  const { name, tags, encryption, maxMessageBytes, highThroughput } = topic;
  return [
    ...(isArn(name) ? foreignFaults(topic) : nameFaults(name)),
    ...fifoFaults(topic),
    ...tagFaults(tags),
    ...keyFaults(encryption),
    ...wholeNumberFaults('maxMessageBytes', maxMessageBytes, ...MESSAGE_BYTES),
    ...(highThroughput === undefined || isFifoName(name)
      ? []
      : [`highThroughput is ${highThroughput}, which only a FIFO topic has`]),
  ].map((fault) => `topic ${name}: ${fault}`);
}

const nameFaults = (name: string): string[] =>
  NAME.test(name) && name.length <= MAX_NAME_LENGTH
    ? []
    : ['a name has 1 to 256 letters, digits, - and _ (and .fifo)'];

function foreignFaults({ name, tags, encryption, highThroughput }: TopicDeclaration): string[] {
  return [
    ...(parseTopicArn(name) ? [] : ['is not the ARN of a topic (arn:aws:sns:region:account:name)']),
    ...([tags, encryption, highThroughput].every((setting) => setting === undefined)
      ? []
      : [
          "is somebody else's by its ARN, so tags, encryption and highThroughput cannot be set from here",
        ]),
  ];
}
