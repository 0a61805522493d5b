import { isObject } from '../../common/objects.js';

/**
 * What a store keeps of an answer is the JSON of its one value, as Powertools
 * for AWS Lambda keeps the answer of a function. No value is no text, and
 * several are a list under this name.
 */
const VALUES = 'weft:values';

/** The values of an answer as they come, up to a size. */
export class StoredAnswer {
  #parts: string[] | undefined = [];
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  add(value: unknown): void {
    // What is no value is no part of the answer that goes over the wire either.
    if (this.#parts === undefined || value === undefined) return;
    const json = jsonOf(value);
    this.#bytes += Buffer.byteLength(json ?? '') + 1;
    if (json === undefined || this.#bytes > this.maxBytes + 1) this.#parts = undefined;
    else this.#parts.push(json);
  }

  /** Undefined when it is too large, or no JSON. */
  get text(): string | undefined {
    if (this.#parts === undefined) return undefined;
    const [first = '', second] = this.#parts;
    const plain = second === undefined && !first.includes(VALUES);
    const text = plain ? first : `{"${VALUES}":[${this.#parts.join(',')}]}`;
    return Buffer.byteLength(text) > this.maxBytes ? undefined : text;
  }
}

/** The values a store kept; undefined when it kept none that can be read. */
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
