import { SNS_MAX_BYTES } from '../../sns-sqs.constants.js';
import { sameKey, topicKey } from './encryption.js';
import type { Settings } from './settings.js';
import type { TopicDeclaration } from './topology.js';

/** The values of attributes that SNS leaves out. */
const WHEN_LEFT_OUT: Settings = {
  KmsMasterKeyId: '',
  MaximumMessageSize: String(SNS_MAX_BYTES),
  FifoThroughputScope: 'Topic',
};

/** The declared settings of a topic. */
export function topicSettings({
  encryption,
  maxMessageBytes,
  highThroughput,
}: TopicDeclaration): Settings {
  const key = topicKey(encryption);
  return {
    ...(key !== undefined && { KmsMasterKeyId: key }),
    ...(maxMessageBytes !== undefined && { MaximumMessageSize: String(maxMessageBytes) }),
    ...(highThroughput !== undefined && {
      FifoThroughputScope: highThroughput ? 'MessageGroup' : 'Topic',
    }),
  };
}

/** The settings of a topic, including those that SNS leaves out. */
export const settingsOf = (attributes: Settings = {}): Settings => ({
  ...WHEN_LEFT_OUT,
  ...attributes,
});

/** Names of the settings that differ. */
export const differing = (is: Settings, wanted: Settings): string[] =>
  Object.keys(wanted).filter((name) => {
    const [one = '', other = ''] = [is[name], wanted[name]];
    return name === 'KmsMasterKeyId' ? !sameKey(one, other) : one !== other;
  });
