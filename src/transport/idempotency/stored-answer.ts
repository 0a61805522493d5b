import { isObject } from '../../common/objects.js';

/**
 * A store keeps an answer as the JSON of its one value, as Powertools for AWS Lambda does. An answer without a value is
 * kept as no text, and one of several values as a list under this name.
 */
const VALUES = 'weft:values';

/** Collects the values of an answer, up to a size. */
export class StoredAnswer {
  #parts: string[] | undefined = [];
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  add(value: unknown): void {
    // Values without JSON are not sent to the caller either.
    if (this.#parts === undefined || value === undefined) return;
    const json = jsonOf(value);
    this.#bytes += Buffer.byteLength(json ?? '') + 1;
    if (json === undefined || this.#bytes > this.maxBytes + 1) this.#parts = undefined;
    else this.#parts.push(json);
  }

  /** Undefined when the answer is too large, or has no JSON. */
  get text(): string | undefined {
    if (this.#parts === undefined) return undefined;
    const [first = '', second] = this.#parts;
    const plain = second === undefined && !first.includes(VALUES);
    const text = plain ? first : `{"${VALUES}":[${this.#parts.join(',')}]}`;
    return Buffer.byteLength(text) > this.maxBytes ? undefined : text;
  }
}

/** The values that a store kept; undefined when it kept none, or none that can be read. */
export function parseAnswer(text: string | undefined): readonly unknown[] | undefined {
  if (text === undefined) return undefined;
  if (text === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    return listed(value) ?? [value];
  } catch {
    return undefined;
  }
}

function listed(value: unknown): readonly unknown[] | undefined {
  if (!isObject(value) || !(VALUES in value)) return undefined;
  return Array.isArray(value[VALUES]) ? value[VALUES] : undefined;
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
