import { isFifoName, lastPart } from '../../../common/resource-names.js';
import type { QueueEncryption, Tags, TopicEncryption } from './topology.js';

/** For AWS the name alone decides whether a queue or topic is FIFO. */
export const fifoFaults = ({ name, fifo }: { name: string; fifo?: boolean }): string[] =>
  fifo === undefined || fifo === isFifoName(lastPart(name))
    ? []
    : [`fifo is ${fifo}, but a FIFO name, and no other, ends in .fifo`];

// Letters, digits and spaces of any script, and a few signs.
const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
export function tagFaults(tags: Tags = {}): string[] {
  const keys = Object.keys(tags);
  return [
    ...(keys.length > 50 ? [`has ${keys.length} tags, AWS takes 50`] : []),
    ...Object.entries(tags)
      .filter(([key, value]) => !TAG_KEY.test(key) || !TAG_VALUE.test(value))
      .map(
        ([key]) =>
          `the tag ${key} must have a key of 1 to 128 characters, not starting with aws:, and a value of at most 256; letters, digits, spaces and _ . : / = + - @`,
      ),
  ];
}

/** KMS knows a key by id, alias or ARN, none of them empty. */
export const keyFaults = (encryption: TopicEncryption | QueueEncryption | undefined): string[] =>
  typeof encryption === 'object' && encryption.kmsKeyId === '' ? ['encryption names no key'] : [];

export const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];

export const twiceDeclared = (
  kind: string,
  declared: readonly { readonly name: string }[],
): string[] =>
  repeated(declared.map(({ name }) => name)).map((name) => `${kind} ${name}: declared twice`);
