/** Label values that come from messages, of one metric; each is a time series that is kept for good. */
const MAX_FOREIGN_VALUES = 200;
/** Characters of one of them; a sender's pattern may have a million. */
const MAX_FOREIGN_LENGTH = 256;
const OTHER = 'other';

/**
 * Keeps a label that comes from messages from growing without end: a sender who may
 * send could otherwise fill the memory with names. The service's own values are
 * bounded by its code, and keep their names however many others there are.
 */
export class BoundedLabels {
  readonly #own = new Set<string>();
  readonly #foreign = new Set<string>();

  constructor(private readonly max = MAX_FOREIGN_VALUES) {}

  /** The label of a value that the service itself has, such as a handler's pattern. */
  own(value: string): string {
    this.#own.add(value);
    return value;
  }

  /** The label of a value that somebody sent. */
  of(value: string): string {
    if (this.#own.has(value) || this.#foreign.has(value)) return value;
    if (this.#foreign.size >= this.max || value.length > MAX_FOREIGN_LENGTH) return OTHER;
    this.#foreign.add(value);
    return value;
  }
}
