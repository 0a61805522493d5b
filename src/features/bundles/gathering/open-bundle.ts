import { Logger } from '@nestjs/common';
import type { ByteBudget } from '../../../aws/byte-budget.js';
import { forEachConcurrently } from '../../../transport/for-each-concurrently.js';
import type { Clock, StopTimer } from '../../../transport/clock.js';
import { NotRunError, RetryableError, WeftError } from '../../../transport/errors/index.js';
import { BundleArchive, type ClosedBundle } from '../archive/bundle-archive.js';
import { RefusedObjectError } from '../bundles.errors.js';
import type { BundleMetrics } from '../bundles.metrics.js';
import type { AnnouncedObject } from '../intake/announcement.js';
import type { BundleStore } from './bundle-store.js';
import { MAX_STORE_CALLS } from './bundler.options.js';
import type { GatheredObject, ObjectOutcome } from './gathered-object.js';
import { LookAhead, type LookAheadDependencies, type PreparedObject } from './look-ahead.js';
import type { Reservations, ReserveOutcome } from './reservations.js';

export interface OpenBundleDependencies extends Omit<LookAheadDependencies, 'reserve'> {
  readonly store: BundleStore;
  readonly reservations: Reservations;
  readonly metrics: BundleMetrics;
  readonly clock: Clock;
  readonly compressionLevel: number;
  /** Shared by all open bundles. */
  readonly storeCalls: ByteBudget;
}

const LEASE_RENEWALS = 3;

/**
 * One bundle, from its first object until it is stored: objects are reserved and fetched side by
 * side, and written in the order they came. They are committed when the bundle is stored, and
 * released when it is not.
 */
export class OpenBundle {
  readonly #logger = new Logger('Bundler');
  readonly #archive: BundleArchive;
  readonly #opened: Promise<void>;
  readonly #stopRenewing: StopTimer;
  /** Objects that are still to be written. */
  readonly #ahead: LookAhead;
  /** Objects whose fate is the bundle's: those in it, and those of which its manifest says that they are gone. */
  readonly #bundled: GatheredObject[] = [];
  readonly #gone: { readonly gathered: GatheredObject; readonly error: RefusedObjectError }[] = [];
  #wake: (() => void) | undefined;
  #closed = false;
  #outOfTime = false;
  #inputBytes = 0;
  #entries = 0;
  /** Resolves when every object of the bundle is settled. */
  readonly done: Promise<void>;

  constructor(
    readonly key: string,
    private readonly parts: OpenBundleDependencies,
  ) {
    const { reservations, clock, compressionLevel } = parts;
    this.#archive = new BundleArchive(compressionLevel);
    this.#opened = reservations.open(key);
    this.#opened.catch(() => undefined);
    this.#ahead = new LookAhead({ ...parts, reserve: (object) => this.#reserve(object) });
    this.#stopRenewing = clock.every(reservations.leaseMs / LEASE_RENEWALS, () =>
      reservations.renew(key).catch((error: unknown) => this.#logRenewal(error)),
    );
    this.done = this.#run();
  }

  /** Bytes of input that were announced for it. */
  get inputBytes(): number {
    return this.#inputBytes;
  }

  /** Objects it was given and objects that were reported as refused: what its manifest will name at most. */
  get entries(): number {
    return this.#entries;
  }

  add(gathered: GatheredObject): void {
    this.#inputBytes += gathered.object.size;
    this.#entries += 1;
    this.#ahead.add(gathered);
    this.#wake?.();
  }

  /** An object that is in no bundle, for the manifest of this one. */
  refuse({ bucket, key, version_id, sequencer }: AnnouncedObject, reason: string): void {
    this.#entries += 1;
    this.#archive.refuse({ bucket, key, version_id, sequencer, reason, final: false });
  }

  /** Takes no more objects; those it has are written, and it is stored. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Closes with what has been written; objects that still wait are released. */
  closeNow(): void {
    this.#outOfTime = true;
    for (const gathered of this.#ahead.stop()) gathered.fail(noTimeLeft());
    this.close();
  }

  async #run(): Promise<void> {
    for (;;) {
      const next = this.#ahead.take();
      if (next) await this.#write(next);
      else if (this.#closed) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    try {
      await this.#finish();
    } catch (error) {
      await this.#releaseAll(error);
    } finally {
      this.#stopRenewing();
      await this.#archive.dispose().catch(() => undefined);
    }
  }

  #reserve(object: AnnouncedObject): Promise<ReserveOutcome> {
    return this.#asking(async () => {
      await this.#opened;
      return this.parts.reservations.reserve(object, this.key);
    });
  }

  /** Asks the store when it is this call's turn. */
  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    const call = await this.parts.storeCalls.take(1);
    try {
      return await ask();
    } finally {
      call.release();
    }
  }

  async #write(prepared: PreparedObject): Promise<void> {
    const { gathered } = prepared;
    try {
      if ((await prepared.reserved) === 'bundled') return gathered.end('repeated');
    } catch (error) {
      return gathered.fail(error);
    }
    try {
      await this.#archived(prepared);
      this.#bundled.push(gathered);
    } catch (error) {
      await this.#refused(gathered, error);
    } finally {
      prepared.share?.release();
    }
  }

  async #archived(prepared: PreparedObject): Promise<void> {
    await prepared.fed;
    const { object, name } = prepared.gathered;
    const member = { ...object, name };
    if (prepared.body) return this.#archive.add(member, await prepared.body);
    if (this.#outOfTime) throw noTimeLeft();
    await this.#archive.addStream(member, object.size, this.parts.fetcher.stream(object));
  }

  async #refused(gathered: GatheredObject, error: unknown): Promise<void> {
    const { object } = gathered;
    if (error instanceof RefusedObjectError && error.kind === 'gone') {
      const { bucket, key, version_id, sequencer } = object;
      const { reason } = error;
      this.#archive.refuse({ bucket, key, version_id, sequencer, reason, final: true });
      this.#gone.push({ gathered, error });
      return;
    }
    if (error instanceof RefusedObjectError) this.refuse(object, error.reason);
    await this.#release(gathered, error);
  }

  async #finish(): Promise<void> {
    const { reservations } = this.parts;
    if (this.#bundled.length === 0) {
      // A bundle of nothing would help nobody: what is gone is said where its message goes.
      await forEachConcurrently(this.#gone, MAX_STORE_CALLS, ({ gathered, error }) =>
        this.#release(gathered, error),
      );
      await reservations.close(this.key, false).catch(() => undefined);
      return;
    }
    const closed = await this.#archive.close();
    await this.#stored(closed);
    this.#stopRenewing();
    let committed = true;
    await forEachConcurrently(
      this.#objectsOfManifest(),
      MAX_STORE_CALLS,
      async ([gathered, outcome]) => {
        committed = (await this.#commit(gathered, outcome)) && committed;
      },
    );
    if (committed) await reservations.close(this.key, true).catch(() => undefined);
    this.#tell(closed);
  }

  /** @returns whether the store has recorded it. If not, the message is redelivered, and the object is then found in the bundle. */
  async #commit(gathered: GatheredObject, outcome: ObjectOutcome): Promise<boolean> {
    try {
      await this.#asking(() => this.parts.reservations.commit(gathered.object, this.key));
      gathered.end(outcome);
      return true;
    } catch (error) {
      const text = 'The bundle is stored, but this object is not committed yet';
      gathered.fail(new RetryableError(text, { cause: error }));
      return false;
    }
  }

  /** @throws when the bundle is not stored and never will be, or when nobody can say. */
  async #stored(closed: ClosedBundle): Promise<void> {
    const { store, reservations } = this.parts;
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

  /** Nothing of the bundle is stored: its objects are free for others, unless nobody can say so. */
  async #releaseAll(error: unknown): Promise<void> {
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
      this.#release(gathered, retryable),
    );
    await this.parts.reservations.close(this.key, false).catch(() => undefined);
  }

  /** Each with what becomes of it once the bundle is stored. */
  #objectsOfManifest(): (readonly [GatheredObject, ObjectOutcome])[] {
    return [
      ...this.#bundled.map((gathered) => [gathered, 'bundled'] as const),
      ...this.#gone.map(({ gathered }) => [gathered, 'gone'] as const),
    ];
  }

  async #release(gathered: GatheredObject, error: unknown): Promise<void> {
    const { reservations, metrics } = this.parts;
    if (error instanceof RefusedObjectError) metrics.refused(error.kind);
    // What is not released now is when this bundle's fate is asked for.
    const release = () => reservations.release(gathered.object, this.key);
    await this.#asking(release).catch(() => undefined);
    gathered.fail(error);
  }

  #tell({ size, manifest }: ClosedBundle): void {
    const { metrics, clock } = this.parts;
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

  #logRenewal(error: unknown): void {
    this.#logger.warn(
      { bundle: this.key, error: String(error) },
      'Lease of a bundle not renewed: another process may take over its objects',
    );
  }
}

const noTimeLeft = (): NotRunError =>
  new NotRunError('The object was not bundled, as no time was left');

/** It is not known whether the bundle was stored, as S3 or the store does not answer. The next process to handle its objects finds out. */
class UnknownFateError extends RetryableError {
  constructor(bundle: string, cause: unknown) {
    super(`It is not known whether ${bundle} was stored`, { cause });
  }
}
