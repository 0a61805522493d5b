import { Logger } from '@nestjs/common';
import { ByteBudget, type ByteShare } from '../../../aws/byte-budget.js';
import type { Clock, StopTimer } from '../../../transport/clock.js';
import { NotRunError, RetryableError, WeftError } from '../../../transport/errors/index.js';
import { BundleArchive, type ClosedBundle } from '../archive/bundle-archive.js';
import { RefusedObjectError } from '../bundles.errors.js';
import type { BundleMetrics } from '../bundles.metrics.js';
import type { AnnouncedObject } from '../intake/announcement.js';
import type { BundleStore } from './bundle-store.js';
import { STREAM_ABOVE_BYTES } from './bundler.options.js';
import type { GatheredObject, ObjectOutcome } from './gathered-object.js';
import type { ObjectFetcher } from './object-fetcher.js';
import type { Reservations } from './reservations.js';

export interface OpenBundleParts {
  readonly fetcher: ObjectFetcher;
  readonly store: BundleStore;
  readonly reservations: Reservations;
  readonly metrics: BundleMetrics;
  readonly clock: Clock;
  readonly compressionLevel: number;
  /** Shared by all open bundles. */
  readonly fetchedBytes: ByteBudget;
  readonly fetches: ByteBudget;
  readonly storeCalls: ByteBudget;
}

/** An object in its turn: its reservation, then its bytes, both asked for ahead of it. */
interface Queued {
  readonly gathered: GatheredObject;
  /** Whether it is this bundle's to write. */
  readonly reserved: Promise<boolean>;
  /** Resolves when its bytes have been asked for, where they are asked for ahead. */
  fed: Promise<void>;
  body?: Promise<Buffer>;
  share?: ByteShare;
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
  /** Objects that are still to be written, in order. */
  readonly #queue: Queued[] = [];
  /** Objects whose fate is the bundle's: those in it, and those of which its manifest says that they are gone. */
  readonly #bundled: GatheredObject[] = [];
  readonly #gone: { readonly gathered: GatheredObject; readonly error: RefusedObjectError }[] = [];
  #feeding: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;
  #closed = false;
  #outOfTime = false;
  #inputBytes = 0;
  #entries = 0;
  /** Resolves when every object of the bundle is settled. */
  readonly done: Promise<void>;

  constructor(
    readonly key: string,
    private readonly parts: OpenBundleParts,
  ) {
    const { reservations, clock, compressionLevel } = parts;
    this.#archive = new BundleArchive(compressionLevel);
    this.#opened = reservations.open(key);
    this.#opened.catch(() => undefined);
    this.#stopRenewing = clock.every(reservations.leaseMs / LEASE_RENEWALS, () =>
      reservations.renew(key).catch((error: unknown) => this.#logRenewal(error)),
    );
    this.done = this.#run();
  }

  /** Bytes of input that were announced for it. */
  get inputBytes(): number {
    return this.#inputBytes;
  }

  /** Objects it was given and objects that it was told are refused: what its manifest will name at most. */
  get entries(): number {
    return this.#entries;
  }

  add(gathered: GatheredObject): void {
    this.#inputBytes += gathered.object.size;
    this.#entries += 1;
    const reserved = this.#reserve(gathered.object);
    reserved.catch(() => undefined);
    const queued: Queued = { gathered, reserved, fed: this.#feeding };
    // One after the other, so that nothing waits for bytes that only what comes after it would free.
    queued.fed = this.#feeding.then(() => this.#feed(queued));
    this.#feeding = queued.fed;
    this.#queue.push(queued);
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

  /** Closes with what has been written; objects that still wait are given back. */
  closeNow(): void {
    this.#outOfTime = true;
    this.close();
  }

  async #run(): Promise<void> {
    for (;;) {
      const next = this.#queue.shift();
      if (next) await this.#write(next);
      else if (this.#closed) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    try {
      await this.#finish();
    } catch (error) {
      await this.#giveBack(error);
    } finally {
      this.#stopRenewing();
      await this.#archive.dispose().catch(() => undefined);
    }
  }

  #reserve(object: AnnouncedObject): Promise<boolean> {
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
      call.giveBack();
    }
  }

  /** Asks for an object's bytes, if it is this bundle's to write and small enough to be held. */
  async #feed(queued: Queued): Promise<void> {
    const { object } = queued.gathered;
    const wanted = await queued.reserved.catch(() => false);
    if (!wanted || object.size > STREAM_ABOVE_BYTES || this.#outOfTime) return;
    const { fetcher, fetches, fetchedBytes } = this.parts;
    queued.share = await fetchedBytes.take(object.size);
    const fetch = await fetches.take(1);
    queued.body = fetcher.fetch(object).finally(() => fetch.giveBack());
    queued.body.catch(() => undefined);
  }

  async #write(queued: Queued): Promise<void> {
    const { gathered } = queued;
    try {
      if (!(await queued.reserved)) return gathered.end('repeated');
    } catch (error) {
      return gathered.fail(error);
    }
    try {
      await this.#archived(queued);
      this.#bundled.push(gathered);
    } catch (error) {
      await this.#refused(gathered, error);
    } finally {
      queued.share?.giveBack();
    }
  }

  async #archived(queued: Queued): Promise<void> {
    await queued.fed;
    const { object, name } = queued.gathered;
    const member = { ...object, name };
    if (queued.body) return this.#archive.add(member, await queued.body);
    if (this.#outOfTime) throw new NotRunError('No time was left to bundle it');
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
      await Promise.all(this.#gone.map(({ gathered, error }) => this.#release(gathered, error)));
      await reservations.close(this.key, false).catch(() => undefined);
      return;
    }
    const closed = await this.#archive.close();
    await this.#stored(closed);
    this.#stopRenewing();
    const outcomes = await Promise.all([
      ...this.#bundled.map((gathered) => this.#commit(gathered, 'bundled')),
      ...this.#gone.map(({ gathered }) => this.#commit(gathered, 'gone')),
    ]);
    const committed = outcomes.every(Boolean);
    if (committed) await reservations.close(this.key, true).catch(() => undefined);
    this.#tell(closed);
  }

  /** Whether the store has noted it. Where it has not, the object comes again, and is then found in the bundle. */
  async #commit(gathered: GatheredObject, outcome: ObjectOutcome): Promise<boolean> {
    try {
      await this.#asking(() => this.parts.reservations.commit(gathered.object, this.key));
      gathered.end(outcome);
      return true;
    } catch (error) {
      const text = 'The bundle is stored, but that is not noted yet';
      gathered.fail(new RetryableError(text, { cause: error }));
      return false;
    }
  }

  /** @throws when the bundle is not stored and never will be, or when nobody can say. */
  async #stored(closed: ClosedBundle): Promise<void> {
    const { store, reservations } = this.parts;
    try {
      await store.put(this.key, closed, async (uploadId) => {
        if (await reservations.seal(this.key, uploadId)) return;
        throw new RetryableError('Another process took this process for dead and the objects over');
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
  async #giveBack(error: unknown): Promise<void> {
    this.#logger.warn({ bundle: this.key, error: String(error) }, 'Bundle not stored');
    const retryable =
      error instanceof WeftError && error.retryable
        ? error
        : new RetryableError('The bundle could not be stored', { cause: error });
    const all = [...this.#bundled, ...this.#gone.map(({ gathered }) => gathered)];
    if (error instanceof UnknownFateError) {
      for (const gathered of all) gathered.fail(retryable);
      return;
    }
    await Promise.all(all.map((gathered) => this.#release(gathered, retryable)));
    await this.parts.reservations.close(this.key, false).catch(() => undefined);
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
      'Lease of a bundle not renewed: another process may take its objects over',
    );
  }
}

/** The bundle may be there or not, and S3 or the store cannot be asked. Whoever comes next finds out. */
class UnknownFateError extends RetryableError {
  constructor(bundle: string, cause: unknown) {
    super(`It is not known whether ${bundle} was stored`, { cause });
  }
}
