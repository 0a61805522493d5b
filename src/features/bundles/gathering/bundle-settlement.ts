import { Logger } from '@nestjs/common';
import type { ByteBudget } from '../../../aws/byte-budget.js';
import type { Clock } from '../../../transport/clock.js';
import { RetryableError, WeftError } from '../../../transport/errors/index.js';
import { forEachConcurrently } from '../../../transport/for-each-concurrently.js';
import type { ClosedBundle } from '../archive/bundle-archive.js';
import { RefusedObjectError } from '../bundles.errors.js';
import type { BundleMetrics } from '../bundles.metrics.js';
import type { BundleStore } from './bundle-store.js';
import { MAX_STORE_CALLS } from './bundler.options.js';
import type { GatheredObject, ObjectOutcome } from './gathered-object.js';
import type { Reservations } from './reservations.js';

export interface BundleSettlementDependencies {
  readonly store: BundleStore;
  readonly reservations: Reservations;
  readonly metrics: BundleMetrics;
  readonly clock: Clock;
  /** Shared by all open bundles. */
  readonly storeCalls: ByteBudget;
}

interface GoneObject {
  readonly gathered: GatheredObject;
  readonly error: RefusedObjectError;
}

/** What becomes of the objects of one bundle: they are committed when it is stored, and released when it is not. */
export class BundleSettlement {
  readonly #logger = new Logger('Bundler');
  /** Objects whose fate is the bundle's: those in it, and those that its manifest names as gone. */
  readonly #bundled: GatheredObject[] = [];
  readonly #gone: GoneObject[] = [];

  constructor(
    private readonly key: string,
    private readonly dependencies: BundleSettlementDependencies,
  ) {}

  /** Notes an object that has been written. */
  add(gathered: GatheredObject): void {
    this.#bundled.push(gathered);
  }

  /** Notes an object of which the manifest says that it is gone. */
  addGone(gathered: GatheredObject, error: RefusedObjectError): void {
    this.#gone.push({ gathered, error });
  }

  /** Whether no object has been written. */
  get isEmpty(): boolean {
    return this.#bundled.length === 0;
  }

  /** Asks the reservations when it is this call's turn. */
  async asking<T>(ask: () => Promise<T>): Promise<T> {
    const call = await this.dependencies.storeCalls.take(1);
    try {
      return await ask();
    } finally {
      call.release();
    }
  }

  /** Ends a bundle of nothing, which would help no reader: the messages of objects that are gone say so. */
  async discard(): Promise<void> {
    await forEachConcurrently(this.#gone, MAX_STORE_CALLS, ({ gathered, error }) =>
      this.release(gathered, error),
    );
    await this.#close(false);
  }

  /** @throws when the bundle is not stored and never will be, or when that is unknown. */
  async store(closed: ClosedBundle): Promise<void> {
    const { store, reservations } = this.dependencies;
    try {
      await store.put(this.key, closed, async (uploadId) => {
        if ((await reservations.seal(this.key, uploadId)) === 'sealed') return;
        throw new RetryableError(
          'Another process found the lease of this process expired and has taken over its objects',
        );
      });
    } catch (error) {
      // An answer may have been lost: the bundle can be there all the same.
      const fate = await reservations.ownFate(this.key).catch((cause: unknown) => {
        throw new UnknownFateError(this.key, cause);
      });
      if (fate === 'abandoned') throw error;
    }
  }

  /** Ends every object of a bundle that is stored. */
  async commit(closed: ClosedBundle): Promise<void> {
    let committed = true;
    await forEachConcurrently(
      this.#objectsOfManifest(),
      MAX_STORE_CALLS,
      async ([gathered, outcome]) => {
        committed = (await this.#commit(gathered, outcome)) && committed;
      },
    );
    if (committed) await this.#close(true);
    this.#report(closed);
  }

  /** Releases every object of a bundle that is not stored, unless its fate is unknown. */
  async releaseAll(error: unknown): Promise<void> {
    this.#logger.warn({ bundle: this.key, error: String(error) }, 'Bundle not stored');
    const retryable =
      error instanceof WeftError && error.retryable
        ? error
        : new RetryableError('The bundle could not be stored', { cause: error });
    const all = this.#objectsOfManifest();
    if (error instanceof UnknownFateError) {
      for (const [gathered] of all) gathered.fail(retryable);
      return;
    }
    await forEachConcurrently(all, MAX_STORE_CALLS, ([gathered]) =>
      this.release(gathered, retryable),
    );
    await this.#close(false);
  }

  async release(gathered: GatheredObject, error: unknown): Promise<void> {
    const { reservations, metrics } = this.dependencies;
    if (error instanceof RefusedObjectError) metrics.refused(error.kind);
    // What is not released now is released when this bundle's fate is asked for.
    const release = () => reservations.release(gathered.object, this.key);
    await this.asking(release).catch(() => undefined);
    gathered.fail(error);
  }

  /** @returns whether it is recorded. If not, the message is redelivered, and the object is then found in the bundle. */
  async #commit(gathered: GatheredObject, outcome: ObjectOutcome): Promise<boolean> {
    try {
      await this.asking(() => this.dependencies.reservations.commit(gathered.object, this.key));
      gathered.end(outcome);
      return true;
    } catch (error) {
      const text = 'The bundle is stored, but this object is not committed yet';
      gathered.fail(new RetryableError(text, { cause: error }));
      return false;
    }
  }

  async #close(stored: boolean): Promise<void> {
    await this.dependencies.reservations.close(this.key, stored).catch(() => undefined);
  }

  /** Each with what becomes of it once the bundle is stored. */
  #objectsOfManifest(): (readonly [GatheredObject, ObjectOutcome])[] {
    return [
      ...this.#bundled.map((gathered) => [gathered, 'bundled'] as const),
      ...this.#gone.map(({ gathered }) => [gathered, 'gone'] as const),
    ];
  }

  #report({ size, manifest }: ClosedBundle): void {
    const { metrics, clock } = this.dependencies;
    const inputBytes = manifest.objects.reduce((sum, object) => sum + object.size, 0);
    metrics.bundled(manifest.objects.length, inputBytes, size);
    for (const { error } of this.#gone) metrics.refused(error.kind);
    const first = Math.min(...this.#bundled.map(({ sinceMs }) => sinceMs));
    this.#logger.log(
      {
        bundle: this.key,
        objects: manifest.objects.length,
        refused: manifest.refused.length,
        bytes: size,
        durationMs: clock.now() - first,
      },
      'Bundle stored',
    );
  }
}

/** It is unknown whether the bundle was stored, as S3 or the store does not answer. The next process to handle its objects finds out. */
class UnknownFateError extends RetryableError {
  constructor(bundle: string, cause: unknown) {
    super(`It is not known whether ${bundle} was stored`, { cause });
  }
}
