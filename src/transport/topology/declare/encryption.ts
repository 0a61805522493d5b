import { parseArn } from '../../../common/arn.js';
import type { QueueAttributes } from './queue-attributes.js';
import type { QueueEncryption, TopicEncryption } from './topology.js';

/** SQS allows one kind of encryption at a time, so each is declared with the other one off. */
export function queueEncryption(encryption: QueueEncryption | undefined): QueueAttributes {
  if (encryption === undefined) return {};
  if (encryption === 'none' || encryption === 'sqs')
    return { SqsManagedSseEnabled: String(encryption === 'sqs'), KmsMasterKeyId: '' };
  return {
    SqsManagedSseEnabled: 'false',
    KmsMasterKeyId: encryption.kmsKeyId,
    ...(encryption.dataKeyReuseS !== undefined && {
      KmsDataKeyReusePeriodSeconds: String(encryption.dataKeyReuseS),
    }),
  };
}

/** The declared key of a topic; empty for no encryption, undefined if nothing is declared. */
export const topicKey = (encryption: TopicEncryption | undefined): string | undefined =>
  encryption === 'none' ? '' : encryption?.kmsKeyId;

/** AWS returns a key in the form in which it was set; an id or alias and its ARN mean the same key. */
export function sameKey(one: string, other: string): boolean {
  if (one === other) return true;
  const [long, short] = one.length > other.length ? [one, other] : [other, one];
  const key = parseArn(long);
  return key?.service === 'kms' && (key.resource === short || key.resource === `key/${short}`);
}
