/** A value that is built on first use, and built again after `destroy`. */
export class Lazy<T extends { destroy(): void }> {
  readonly #build: () => T;
  #value: T | undefined;

  constructor(build: () => T) {
    this.#build = build;
  }

  get value(): T {
    return (this.#value ??= this.#build());
  }

  destroy(): void {
    this.#value?.destroy();
    this.#value = undefined;
  }
}
