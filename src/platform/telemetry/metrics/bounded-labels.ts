/** Maximum label values from messages in one metric; each is a time series that is kept for ever. */
const MAX_FOREIGN_VALUES = 200;
/** Maximum characters of one such value; a sender's pattern may have a million. */
const MAX_FOREIGN_LENGTH = 256;
const OTHER = 'other';

/**
 * Limits the values of a label that come from messages: otherwise a sender could fill the memory with names. The
 * service's own values are limited by its code, and always keep their names.
 */
export class BoundedLabels {
  readonly #own = new Set<string>();
  readonly #foreign = new Set<string>();

  constructor(private readonly max = MAX_FOREIGN_VALUES) {}

  /** The label for one of the service's own values, such as a handler's pattern. */
  own(value: string): string {
    this.#own.add(value);
    return value;
  }

  /** The label for a value from a message. */
  of(value: string): string {
    if (this.#own.has(value) || this.#foreign.has(value)) return value;
    if (this.#foreign.size >= this.max || value.length > MAX_FOREIGN_LENGTH) return OTHER;
    this.#foreign.add(value);
    return value;
  }
}
