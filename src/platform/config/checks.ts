import { parseQueueArn, parseTopicArn } from '../../common/arn.js';
import { isFifoName } from '../../common/resource-names.js';
import { parseWholeNumber, wholeNumberFrom } from '../../common/whole-numbers.js';
import { logLevelOf } from './log-level.js';
import type { SettingOptions } from './setting.decorator.js';

/** A longer value is an accident. */
const MAX_VALUE_LENGTH = 8_192;
export const MIN_API_KEY_LENGTH = 20;
const MAX_METADATA_FIELDS = 1_000;
const MAX_METADATA_FIELD_LENGTH = 256;

const CONTROL = /\p{Cc}/u;
const TOPIC_NAME = /^[A-Za-z0-9_-]{1,256}(\.fifo)?$/;
const QUEUE_NAME = /^(?=.{1,80}$)[A-Za-z0-9_-]+(\.fifo)?$/;
const ROLE = /^[a-z][a-z0-9-]{0,39}$/;
const API_KEY = /^[\x21-\x7e]+$/;

const NOTHING = 'none';

export const oneOf =
  (...values: readonly string[]) =>
  (value: string): boolean =>
    values.includes(value);

export const matches =
  (pattern: RegExp) =>
  (value: string): boolean =>
    value.length <= MAX_VALUE_LENGTH && pattern.test(value);

/** Description and check of a whole number within a range. @param unit such as `days`. */
export const wholeNumber = (
  from: number,
  to: number,
  unit?: string,
): Pick<SettingOptions, 'accepts' | 'check'> => ({
  accepts: wholeNumberFrom(from, to, unit),
  check: (value) => parseWholeNumber(value, from, to) !== undefined,
});

/** Splits at commas and drops empty parts. */
export function listOf(value: string | undefined): string[] {
  const parts = (value ?? '').split(',').map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

export const isPlainText = (value: string): boolean =>
  value.length <= MAX_VALUE_LENGTH && !CONTROL.test(value);

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
export const isTable = matches(/^[A-Za-z0-9_.-]{3,255}$/);
export const isRegion = matches(/^(?=.{4,40}$)[a-z]{2,}(-[a-z0-9]+)+$/);
export const isServiceName = matches(/^[\w.\-/]{1,100}$/);
export const isLogLevel = (value: string): boolean => logLevelOf(value) !== undefined;
export const isTopicPrefix = matches(/^[A-Za-z0-9_-]{1,40}$/);
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const isBucket = matches(/^(?=.{3,63}$)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9]+([.-]+[a-z0-9]+)*$/);
// The driver's errors repeat text that it cannot read, which may be a password, so hosts are checked first.
const MONGODB_HOST = String.raw`(?:[\w.-]+|\[[0-9A-Fa-f:.]+\]|[\w.-]*(?:%2[Ff][\w.-]+)+)(?::\d{1,5})?`;
export const isMongodbUri = matches(
  new RegExp(
    String.raw`^mongodb(\+srv)?://([^\s/?#@]+@)?${MONGODB_HOST}(,${MONGODB_HOST})*(/[^\s]*|\?[^\s]*)?$`,
  ),
);
export const isHost = matches(/^(?=.{1,253}$)([A-Za-z0-9.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/);

export function isTopic(value: string): boolean {
  return value === NOTHING || TOPIC_NAME.test(value) || parseTopicArn(value) !== undefined;
}

/** Topics that SNS can deliver over HTTP, which excludes FIFO topics. */
export const areTopicArns = (value: string): boolean =>
  listOf(value).length > 0 &&
  listOf(value).every((arn) => parseTopicArn(arn) !== undefined && !isFifoName(arn));

export function isQueue(value: string): boolean {
  if (value === NOTHING || QUEUE_NAME.test(value) || parseQueueArn(value)) return true;
  const path = isEndpoint(value) ? new URL(value).pathname : '';
  return QUEUE_NAME.test(path.split('/').at(-1) ?? '');
}

/** An address without name and password, because it appears in logs. */
export function isEndpoint(value: string): boolean {
  if (!isPlainText(value) || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}

export function isConsume(value: string): boolean {
  const roles = listOf(value);
  const alone = roles.length === 1 || !roles.some((role) => role === 'all' || role === NOTHING);
  return isPlainText(value) && roles.length > 0 && alone && roles.every((role) => ROLE.test(role));
}

export function areApiKeys(value: string): boolean {
  const keys = listOf(value);
  return (
    value.length <= MAX_VALUE_LENGTH &&
    keys.length > 0 &&
    keys.every((key) => key.length >= MIN_API_KEY_LENGTH && API_KEY.test(key))
  );
}

export function areMetadataFields(value: string): boolean {
  const fields = listOf(value);
  return (
    isPlainText(value) &&
    fields.length <= MAX_METADATA_FIELDS &&
    fields.every((field) => field.length <= MAX_METADATA_FIELD_LENGTH)
  );
}

/** Whether an address is only reachable from this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name);
}
