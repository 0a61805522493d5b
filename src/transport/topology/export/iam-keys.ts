import type { QueueDeclaration, TopicDeclaration } from '../declare/topology.js';
import { Arns } from './iam-arns.js';
import { allow, type IamStatement } from './iam-policy.js';

/** Senders need both rights, receivers only the second; a consumer also sends, to its dead-letter queue. */
const USE = ['kms:GenerateDataKey', 'kms:Decrypt'];

/** Rights to the keys of topics and queues, only through SQS and SNS. */
export function keyStatements(
  encrypted: readonly (TopicDeclaration | QueueDeclaration)[],
  arns: Arns,
): IamStatement[] {
  const keys = encrypted.flatMap(({ encryption }) =>
    typeof encryption === 'object' ? [encryption.kmsKeyId] : [],
  );
  const [aliased, named] = [keys.filter(isAlias), keys.filter((key) => !isAlias(key))];
  // The key must not open data that is stored elsewhere.
  const via = { StringLike: { 'kms:ViaService': arns.viaServices } };
  const aliases = [...new Set(aliased.map((key) => key.replace(/^.*:/, '')))];
  return [
    ...allow(
      'Keys',
      USE,
      named.map((key) => arns.key(key)),
      via,
    ),
    ...allow(
      'KeysByAlias',
      USE,
      aliased.map((key) => arns.key(key)),
      { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': aliases }, ...via },
    ),
  ];
}

const isAlias = (key: string): boolean => /(^|:)alias\//.test(key);
