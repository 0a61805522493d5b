import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';

/** What a feature says of itself in `/health/ready`; open to all, so it names no addresses. */
export type HealthNote = Readonly<Record<string, string | number | boolean>>;

/**
 * Lets features say in `/health/ready` what an operator looks for there. A note never
 * makes the service not ready.
 *
 * @example
 * notes.add('session-queue', () => ({ depth: 12 }));
 */
@Injectable()
export class HealthNotes {
  readonly #notes = new Map<string, () => HealthNote>();

  constructor(private readonly indicators: HealthIndicatorService) {}

  add(name: string, note: () => HealthNote): void {
    this.#notes.set(name, note);
  }

  checks(): (() => HealthIndicatorResult)[] {
    return [...this.#notes].map(
      ([name, note]) =>
        () =>
          this.indicators.check(name).up(note()),
    );
  }
}
