/** Paths of which none is, or leads through, another: MongoDB refuses those in an update, a projection or an upsert. */
export class DistinctPaths {
  readonly #paths = new Set<string>();
  /** Parents of the paths, each with one of those that lead through it. */
  readonly #parents = new Map<string, string>();

  get size(): number {
    return this.#paths.size;
  }

  /** @returns the earlier path that it is, leads through or is on the way to; it is not added then. */
  add(path: string): string | undefined {
    const parts = path.split('.');
    const parents = parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join('.'));
    const other = [path, ...parents].find((one) => this.#paths.has(one)) ?? this.#parents.get(path);
    if (other !== undefined) return other;
    this.#paths.add(path);
    for (const parent of parents) this.#parents.set(parent, path);
    return undefined;
  }
}
