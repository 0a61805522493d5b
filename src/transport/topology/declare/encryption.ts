import { parseArn } from '../../../common/arn.js';
import type { QueueAttributes } from './queue-attributes.js';
import type { QueueEncryption, TopicEncryption } from './topology.js';

/** SQS takes one kind of encryption at a time, so each is declared with the other switched off. */
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

/** The key a topic is declared with, empty for none; undefined where nothing is declared. */
export const topicKey = (encryption: TopicEncryption | undefined): string | undefined =>
  encryption === 'none' ? '' : encryption?.kmsKeyId;

/** AWS gives a key back as it was set; the ARN of a key or alias names it as its id or alias does. */
export function sameKey(one: string, other: string): boolean {
  if (one === other) return true;
  const [long, short] = one.length > other.length ? [one, other] : [other, one];
  const key = parseArn(long);
  return key?.service === 'kms' && (key.resource === short || key.resource === `key/${short}`);
}
