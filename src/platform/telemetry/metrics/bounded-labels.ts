/** Label values of one metric; each is a time series that is kept for good. */
const MAX_VALUES = 200;
const OTHER = 'other';

/**
 * Keeps a label that comes from messages from growing without end: whoever may
 * send could otherwise fill the memory with names.
 */
export class BoundedLabels {
  readonly #values = new Set<string>();

  constructor(private readonly max = MAX_VALUES) {}

  of(value: string): string {
    if (this.#values.has(value)) return value;
    if (this.#values.size >= this.max) return OTHER;
    this.#values.add(value);
    return value;
  }
}
