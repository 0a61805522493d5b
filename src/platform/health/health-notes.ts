import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';

/** A feature's note in `/health/ready`. It is public, so it must not name addresses. */
type HealthNote = Readonly<Record<string, string | number | boolean>>;

/**
 * Lets features add notes for operators to `/health/ready`. A note never makes the service not ready.
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
