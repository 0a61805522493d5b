/** What one attribute of a CloudEvent may be: text, a truth value, or an integer of 32 bits. */
export type CloudEventValue = string | boolean | number;

/**
 * Attributes of a CloudEvent besides those that Weft writes itself: `subject`, `dataschema`, `time`, `datacontenttype`,
 * and extensions.
 *
 * @example
 * const attributes: CloudEventAttributes = { subject: 'orders/7', tenant: 'acme' };
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#context-attributes
 */
export type CloudEventAttributes = Readonly<Record<string, CloudEventValue>>;

export const SPEC_VERSION = '1.0';
export const STRUCTURED_TYPE = 'application/cloudevents+json';
export const JSON_TYPE = 'application/json';
export const BYTES_TYPE = 'application/octet-stream';

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions */
export const CORRELATION_ID = 'correlationid';

/** Attributes that every event has. */
export const REQUIRED = ['id', 'source', 'type'] as const;

/** Attributes that the specification defines as non-empty text. */
export const TEXTS = ['datacontenttype', 'dataschema', 'subject', 'time'] as const;

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#naming-conventions */
const NAME = /^[a-z\d]+$/;
const MAX_NAME_LENGTH = 20;

/** https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const TIME = /^\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(\.\d{1,12})?(z|[+-]\d\d:\d\d)$/i;

/** Control characters, noncharacters and halves of pairs. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#type-system */
const TEXT = /^[^\p{Cc}\p{Cs}\u{fffe}\u{ffff}]+$/u;

/** `source` is a URI-reference, which holds no spaces. */
const URI = /^[^\s\p{Cc}]+$/u;

/** Whether data of a media type is JSON: `application/json`, `application/vnd.order+json`, or no type at all. */
export const isJsonType = (type: string | undefined): boolean =>
  type === undefined || /^[^;]*[/+]json\s*(;|$)/i.test(type);

export const isAttributeName = (name: string): boolean => NAME.test(name);

export const isUri = (value: unknown): value is string =>
  typeof value === 'string' && URI.test(value);

export const isTime = (value: unknown): boolean => typeof value === 'string' && TIME.test(value);

/** Why an attribute cannot be written, in words; undefined when it can. */
export function attributeFault(name: string, value: unknown): string | undefined {
  if (!isAttributeName(name) || name.length > MAX_NAME_LENGTH)
    return `"${name}" is not an attribute name: 1 to ${MAX_NAME_LENGTH} lower-case letters and digits`;
  if (OWN.has(name)) return `"${name}" is written by the codec: give it by the codec or the record`;
  if (name === 'time' && !isTime(value)) return '"time" is not an RFC 3339 timestamp';
  if ((TEXTS as readonly string[]).includes(name) && typeof value !== 'string')
    return `"${name}" is not a string`;
  return isValue(value)
    ? undefined
    : `"${name}" is neither text without control characters, nor a truth value, nor an integer of 32 bits`;
}

const OWN: ReadonlySet<string> = new Set(['specversion', 'data', ...REQUIRED]);

const isValue = (value: unknown): value is CloudEventValue =>
  typeof value === 'boolean' ||
  (typeof value === 'string' && TEXT.test(value)) ||
  (typeof value === 'number' && value === Math.trunc(value) && Math.abs(value) < 2 ** 31);
