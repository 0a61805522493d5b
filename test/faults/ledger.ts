/** What a row counts. A job is known by its number. */
export class Ledger {
  /** Jobs whose sender was told that SQS has them. */
  readonly sent = new Set<number>();
  /** How often each job's effect has happened. */
  readonly effects = new Map<number, number>();
  /** Jobs whose messages were deleted from the queue. */
  readonly acknowledged = new Set<number>();
  readonly deadLettered = new Set<number>();

  handled(job: number): void {
    this.effects.set(job, (this.effects.get(job) ?? 0) + 1);
  }

  /** Neither handled nor dead-lettered. */
  #undone(jobs: ReadonlySet<number>): number {
    return [...jobs].filter((job) => !this.effects.has(job) && !this.deadLettered.has(job)).length;
  }

  get lost(): number {
    return this.#undone(this.sent);
  }

  get acknowledgedUnhandled(): number {
    return this.#undone(this.acknowledged);
  }

  /** Effects beyond the first of each job. */
  get repeats(): number {
    return [...this.effects.values()].reduce((sum, count) => sum + count - 1, 0);
  }

  get done(): boolean {
    return this.lost === 0;
  }
}
