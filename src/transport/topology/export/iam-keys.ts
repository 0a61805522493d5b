import type { QueueDeclaration, TopicDeclaration } from '../declare/topology.js';
import { Arns } from './iam-arns.js';
import { allow, type IamStatement } from './iam-policy.js';

/** Who sends needs both of the key, who receives the second; a consumer sends as well, to its dead-letter queue. */
const USE = ['kms:GenerateDataKey', 'kms:Decrypt'];

/** Rights to the keys of topics and queues. */
export function keyStatements(
  encrypted: readonly (TopicDeclaration | QueueDeclaration)[],
  arns: Arns,
): IamStatement[] {
  const keys = encrypted.flatMap(({ encryption }) =>
    typeof encryption === 'object' ? [encryption.kmsKeyId] : [],
  );
  const [aliased, named] = [keys.filter(isAlias), keys.filter((key) => !isAlias(key))];
  return [
    ...allow(
      'Keys',
      USE,
      named.map((key) => arns.key(key)),
    ),
    ...allow(
      'KeysByAlias',
      USE,
      aliased.map((key) => arns.key(key)),
    ).map((statement) => ({
      ...statement,
      Condition: {
        'ForAnyValue:StringEquals': {
          'kms:ResourceAliases': [...new Set(aliased.map((key) => key.replace(/^.*:/, '')))],
        },
      },
    })),
  ];
}

const isAlias = (key: string): boolean => /(^|:)alias\//.test(key);
