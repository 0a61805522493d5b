import { isObject } from '../../common/objects.js';

const REDACTED = '[redacted]';
/** Replaces personal data in events of the bus, in either spelling. */
const PERSONAL = '[personal data]';
const PERSONAL_TEXT = /"contains_?personal_?data"\s*:\s*true/i;
const MAX_DEPTH = 6;
const MAX_ENTRIES = 50;
/** Longer texts are cut: a log contains no whole payloads. */
const MAX_TEXT_LENGTH = 4_096;
/** Shorter secrets are not searched for, because that would blank out ordinary words. */
const MIN_SECRET_LENGTH = 8;

/** Compared without case, hyphens and underscores: `x-api-key`, `apiKey` and `API_KEY` are one. */
const SECRET_KEY =
  /(password|passwd|secret|authorization|cookie|credential|apikeys?|viewertoken|sessiontoken|accesstoken|bearer|mongodburi|privatekey)/;

const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  // Up to the last @ before the host, as a password may hold an @ itself.
  [
    /\b(mongodb(?:\+srv)?|https?|amqps?|redis|postgres(?:ql)?):\/\/[^\s/?#]*@/gi,
    `$1://${REDACTED}@`,
  ],
  [/\b(bearer|basic)\s+[^\s"',;]+/gi, `$1 ${REDACTED}`],
  [
    /([?&](?:viewer_token|x-amz-(?:signature|credential|security-token))=)[^&\s"']+/gi,
    `$1${REDACTED}`,
  ],
];

/** Makes values safe for a log: without secrets, limited in depth, width and length. */
export class Redactor {
  readonly #secrets: readonly string[];

  /** @param secrets texts to blank out everywhere, such as the configured keys */
  constructor(secrets: readonly string[] = []) {
    this.#secrets = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH);
  }

  text(value: string): string {
    if (PERSONAL_TEXT.test(value)) return PERSONAL;
    let text = value;
    for (const secret of this.#secrets) text = text.replaceAll(secret, REDACTED);
    for (const [pattern, replacement] of SECRET_TEXTS) text = text.replace(pattern, replacement);
    // Without control characters (except line ends and tabs) a text cannot control a terminal or change its direction.
    text = text.replace(/[^\P{Cc}\n\t]|[\u2028-\u202e\u2066-\u2069]/gu, '�');
    if (text.length <= MAX_TEXT_LENGTH) return text;
    return `${text.slice(0, MAX_TEXT_LENGTH)}… (${text.length} characters)`;
  }

  value(value: unknown): unknown {
    try {
      return this.#value(value, 0);
    } catch {
      // A getter or a proxy threw. A logged value must never make its log call fail.
      return '[unreadable]';
    }
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
    if (typeof value === 'function') return '[function]';
    if (!isObject(value)) return value;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (depth >= MAX_DEPTH) return '[…]';
    if (value instanceof Error) return this.#error(value, depth);
    if (Array.isArray(value)) return this.#list(value, depth);
    return this.#entries(value, depth);
  }

  #error(error: Error, depth: number): Record<string, unknown> {
    return {
      type: this.#value(error.name, depth),
      message: this.#value(error.message, depth),
      stack: this.#value(error.stack, depth),
      ...(error.cause === undefined ? {} : { cause: this.#value(error.cause, depth + 1) }),
      ...this.#entries(error, depth),
    };
  }

  #list(values: readonly unknown[], depth: number): unknown[] {
    const shown = values.slice(0, MAX_ENTRIES).map((entry) => this.#value(entry, depth + 1));
    return values.length > MAX_ENTRIES ? [...shown, `… ${values.length} entries`] : shown;
  }

  #entries(value: object, depth: number): Record<string, unknown> {
    const keys = Object.keys(value);
    const withheld = withheldOf(value, keys);
    const shown: [string, unknown][] = keys.slice(0, MAX_ENTRIES).map((key) => {
      const name = bareName(key);
      if (SECRET_KEY.test(name)) return [key, REDACTED];
      if (withheld.has(name)) return [key, PERSONAL];
      return [this.text(key), this.#value(Reflect.get(value, key), depth + 1)];
    });
    if (keys.length > MAX_ENTRIES) shown.push(['…', `${keys.length} entries`]);
    return Object.fromEntries(shown);
  }
}

const bareName = (key: string): string => key.toLowerCase().replaceAll(/[-_]/g, '');

const PERSONAL_FLAG = 'containspersonaldata';
const NOTHING: ReadonlySet<string> = new Set();
const OF_A_PERSON: ReadonlySet<string> = new Set(['payload', 'entityid']);

/** The fields of an event or its metadata that are kept out of logs: personal data, if the event is marked so. */
function withheldOf(value: object, keys: readonly string[]): ReadonlySet<string> {
  const isPersonal = [value, ...valuesOf(value, keys, 'metadata')].some(
    (part) =>
      isObject(part) &&
      valuesOf(part, part === value ? keys : Object.keys(part), PERSONAL_FLAG).includes(true),
  );
  return isPersonal ? OF_A_PERSON : NOTHING;
}

const valuesOf = (value: object, keys: readonly string[], name: string): unknown[] =>
  keys.filter((key) => bareName(key) === name).map((key) => Reflect.get(value, key) as unknown);
