import { Logger } from '@nestjs/common';
import type { StopTimer } from '../../../transport/clock.js';
import { NotRunError } from '../../../transport/errors/index.js';
import { BundleArchive } from '../archive/bundle-archive.js';
import { RefusedObjectError } from '../bundles.errors.js';
import type { AnnouncedObject } from '../intake/announcement.js';
import { BundleSettlement, type BundleSettlementDependencies } from './bundle-settlement.js';
import type { GatheredObject } from './gathered-object.js';
import { LookAhead, type LookAheadDependencies, type PreparedObject } from './look-ahead.js';
import type { ReserveOutcome } from './reservations.js';

export interface OpenBundleDependencies
  extends BundleSettlementDependencies, Omit<LookAheadDependencies, 'reserve'> {
  readonly compressionLevel: number;
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
  readonly #settlement: BundleSettlement;
  #wake: (() => void) | undefined;
  #closed = false;
  #outOfTime = false;
  #inputBytes = 0;
  #entries = 0;
  /** Resolves when every object of the bundle is settled. */
  readonly done: Promise<void>;

  constructor(
    readonly key: string,
    private readonly dependencies: OpenBundleDependencies,
  ) {
    const { reservations, clock, compressionLevel } = dependencies;
    this.#archive = new BundleArchive(compressionLevel);
    this.#settlement = new BundleSettlement(key, dependencies);
    this.#opened = reservations.open(key);
    this.#opened.catch(() => undefined);
    this.#ahead = new LookAhead({ ...dependencies, reserve: (object) => this.#reserve(object) });
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
      await this.#settlement.releaseAll(error);
    } finally {
      this.#stopRenewing();
      await this.#archive.dispose().catch(() => undefined);
    }
  }

  #reserve(object: AnnouncedObject): Promise<ReserveOutcome> {
    return this.#settlement.asking(async () => {
      await this.#opened;
      return this.dependencies.reservations.reserve(object, this.key);
    });
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
      this.#settlement.add(gathered);
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
    await this.#archive.addStream(member, object.size, this.dependencies.fetcher.stream(object));
  }

  async #refused(gathered: GatheredObject, error: unknown): Promise<void> {
    const { object } = gathered;
    if (error instanceof RefusedObjectError && error.kind === 'gone') {
      const { bucket, key, version_id, sequencer } = object;
      const { reason } = error;
      this.#archive.refuse({ bucket, key, version_id, sequencer, reason, final: true });
      this.#settlement.addGone(gathered, error);
      return;
    }
    if (error instanceof RefusedObjectError) this.refuse(object, error.reason);
    await this.#settlement.release(gathered, error);
  }

  async #finish(): Promise<void> {
    const settlement = this.#settlement;
    if (settlement.isEmpty) return settlement.discard();
    const closed = await this.#archive.close();
    await settlement.store(closed);
    this.#stopRenewing();
    await settlement.commit(closed);
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
