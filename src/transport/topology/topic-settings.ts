import { SNS_MAX_BYTES } from '../sns-sqs.constants.js';
import { sameKey, topicKey } from './encryption.js';
import type { TopicDeclaration } from './topology.js';

/** Attributes of a topic by SNS's names; empty for one that is taken away. */
export type TopicSettings = Readonly<Record<string, string>>;

/** What SNS means by leaving an attribute out. */
const WHEN_LEFT_OUT: TopicSettings = {
  KmsMasterKeyId: '',
  MaximumMessageSize: String(SNS_MAX_BYTES),
};

/** What a topic is to have, as far as it is declared. */
export function topicSettings({ encryption, maxMessageBytes }: TopicDeclaration): TopicSettings {
  const key = topicKey(encryption);
  return {
    ...(key !== undefined && { KmsMasterKeyId: key }),
    ...(maxMessageBytes !== undefined && { MaximumMessageSize: String(maxMessageBytes) }),
  };
}

/** The settings that are not as wanted, each with what it is and what it is to be. */
export const differingSettings = (
  is: Readonly<Record<string, string | undefined>>,
  wanted: TopicSettings,
): { name: string; is: string; wanted: string }[] =>
  Object.entries(wanted)
    .map(([name, value]) => ({ name, is: is[name] ?? WHEN_LEFT_OUT[name] ?? '', wanted: value }))
    .filter(({ name, is: one, wanted: other }) =>
      name === 'KmsMasterKeyId' ? !sameKey(one, other) : one !== other,
    );
