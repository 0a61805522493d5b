/** The values of an answer as they come, up to a size; the JSON list of them is what a store keeps. */
export class KeptAnswer {
  #parts: string[] | undefined = [];
  #bytes = 2;

  constructor(private readonly maxBytes: number) {}

  add(value: unknown): void {
    // What is no value is no part of the answer that goes over the wire either.
    if (this.#parts === undefined || value === undefined) return;
    const json = jsonOf(value);
    this.#bytes += Buffer.byteLength(json ?? '') + 1;
    if (json === undefined || this.#bytes > this.maxBytes) this.#parts = undefined;
    else this.#parts.push(json);
  }

  /** Undefined when it is too large, or no JSON. */
  get text(): string | undefined {
    return this.#parts && `[${this.#parts.join(',')}]`;
  }
}

/** The values a store kept; undefined when it kept none that can be read. */
export function parseAnswer(text: string | undefined): readonly unknown[] | undefined {
  if (text === undefined) return undefined;
  try {
    const values: unknown = JSON.parse(text);
    return Array.isArray(values) ? values : undefined;
  } catch {
    return undefined;
  }
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
