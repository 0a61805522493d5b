import { randomUUID } from 'node:crypto';
import { WorkInProgressError } from '../../../transport/errors/index.js';
import type { Clock } from '../../../transport/clock.js';
import { digest } from '../../../transport/idempotency/message-key.js';
import type { IdempotencyStore } from '../../../transport/idempotency/idempotency.store.js';
import type { Reservation } from '../../../transport/idempotency/index.js';
import { identityText, type Manifest, type ObjectIdentity } from '../archive/manifest.js';
import type { BundleStore } from './bundle-store.js';

interface ReservationTimes {
  /** Seconds an object is remembered. */
  readonly ttlS: number;
  /** Milliseconds that a bundle's lease lasts without renewal. */
  readonly leaseMs: number;
}

/** Long enough for a pause of the process or the store, and short compared with a message's visibility timeout. */
export const BUNDLE_LEASE_MS = 60_000;

/** Whether an object was reserved for a bundle, or is already in one. */
export type ReserveOutcome = 'reserved' | 'bundled';

/** The outcome of a bundle: stored, with these objects, or never to be stored. */
type Fate = ReadonlySet<string> | 'abandoned';

const RESERVE_ATTEMPTS = 5;
/** Cached outcomes of other processes' bundles, because after a crash every object of a bundle asks for it. */
const MAX_FATES = 16;
const STORED = 'stored';
const ABANDONED = 'abandoned';

/**
 * Records in the idempotency store which bundle an object goes into. Three kinds of records:
 *
 * - an object's: reserved by the bundle it goes into (its owner is the bundle's key), committed once that is stored. It
 *   does not expire, because the outcome of the bundle would then be unknown;
 * - a bundle's lease, renewed while its process lives;
 * - a bundle's seal, taken once: by its process with the id of the upload, just before that is completed, or by another
 *   process that finds its lease expired. The first of the two decides. A sealed upload without a stored bundle is
 *   aborted first, so that it can never become one.
 */
export class Reservations {
  readonly #fates = new Map<string, Promise<Fate>>();

  constructor(
    private readonly store: IdempotencyStore,
    private readonly bundles: Pick<BundleStore, 'abort' | 'manifest'>,
    private readonly times: ReservationTimes,
    private readonly clock: Clock,
  ) {}

  get leaseMs(): number {
    return this.times.leaseMs;
  }

  /** Takes the lease of a bundle. */
  async open(bundle: string): Promise<void> {
    await this.store.reserve(this.#lease(bundle, bundle), this.clock.now());
  }

  async renew(bundle: string): Promise<void> {
    const lease = this.#lease(bundle, bundle);
    await this.store.renew(lease, lease.inProgressUntilMs);
  }

  /** Ends a bundle whose objects are all committed, or, with `stored: false`, released. */
  async close(bundle: string, stored: boolean): Promise<void> {
    const answer = stored ? STORED : ABANDONED;
    await this.store.commit(this.#lease(bundle, bundle), {
      expiresAtS: this.#expiresAtS(),
      answer,
    });
  }

  /**
   * Reserves an object for a bundle.
   *
   * @returns 'bundled' if it is already in a bundle.
   * @throws {WorkInProgressError} if another process is bundling it.
   */
  async reserve(object: ObjectIdentity, bundle: string): Promise<ReserveOutcome> {
    const reservation = this.#lasting(objectKey(object), bundle);
    for (let left = RESERVE_ATTEMPTS; left > 0; left--) {
      const found = await this.store.reserve(reservation, this.clock.now());
      if (found === undefined) return 'reserved';
      const { status, owner } = found;
      if (status === 'COMPLETED') return 'bundled';
      if (owner === bundle) return 'reserved';
      if (owner === undefined) return 'bundled';
      const other = { ...reservation, owner };
      const fate = await this.fateOf(owner);
      if (fate !== ABANDONED && fate.has(identityText(object))) {
        await this.#commit(other, owner);
        return 'bundled';
      }
      await this.store.release(other);
    }
    throw new WorkInProgressError(this.leaseMs);
  }

  /** Records that the object is in the stored bundle. */
  commit(object: ObjectIdentity, bundle: string): Promise<void> {
    return this.#commit(this.#lasting(objectKey(object), bundle), bundle);
  }

  /** Releases the object for another bundle. */
  async release(object: ObjectIdentity, bundle: string): Promise<void> {
    await this.store.release(this.#lasting(objectKey(object), bundle));
  }

  /**
   * Takes the seal of a bundle. Called once, when only the completion of its upload is left.
   *
   * @returns 'abandoned' if another process took the seal: the upload must not be completed.
   */
  async seal(bundle: string, uploadId: string): Promise<'sealed' | 'abandoned'> {
    const seal = this.#lasting(sealKey(bundle), uploadId);
    const found = await this.store.reserve(seal, this.clock.now());
    return found === undefined ? 'sealed' : ABANDONED;
  }

  /**
   * The final outcome of another process's bundle.
   *
   * @throws {WorkInProgressError} while that process is working on it.
   */
  async fateOf(bundle: string): Promise<Fate> {
    const known = this.#fates.get(bundle);
    if (known) return known;
    const fate = this.#find(bundle);
    this.#fates.set(bundle, fate);
    const oldest = this.#fates.keys().next();
    if (this.#fates.size > MAX_FATES && !oldest.done) this.#fates.delete(oldest.value);
    fate.catch(() => this.#fates.delete(bundle));
    return fate;
  }

  /** The same for a bundle of this process whose upload failed; its lease need not expire first. */
  async ownFate(bundle: string): Promise<Fate> {
    return this.#decide(bundle);
  }

  async #find(bundle: string): Promise<Fate> {
    const mine = this.#lease(bundle, `recovery:${randomUUID()}`);
    const nowMs = this.clock.now();
    const found = await this.store.reserve(mine, nowMs);
    if (found?.status === 'INPROGRESS') {
      const { inProgressUntilMs = nowMs + this.leaseMs } = found;
      throw new WorkInProgressError(Math.max(0, inProgressUntilMs - nowMs));
    }
    if (found?.answer === ABANDONED) return ABANDONED;
    const fate = await this.#decide(bundle);
    if (found === undefined) {
      const answer = fate === ABANDONED ? ABANDONED : STORED;
      await this.store.commit(mine, { expiresAtS: this.#expiresAtS(), answer });
    }
    return fate;
  }

  async #decide(bundle: string): Promise<Fate> {
    const seal = this.#lasting(sealKey(bundle), ABANDONED);
    const sealed = await this.store.reserve(seal, this.clock.now());
    if (sealed === undefined || sealed.owner === ABANDONED) return ABANDONED;
    await this.bundles.abort(bundle, sealed.owner ?? '');
    const manifest = await this.bundles.manifest(bundle);
    return manifest === undefined ? ABANDONED : accountedFor(manifest);
  }

  async #commit(reservation: Reservation, bundle: string): Promise<void> {
    await this.store.commit(reservation, { expiresAtS: this.#expiresAtS(), answer: bundle });
  }

  #lease(bundle: string, owner: string): Reservation {
    const key = `weft-bundle-lease#${bundle}`;
    return { ...this.#lasting(key, owner), inProgressUntilMs: this.clock.now() + this.leaseMs };
  }

  #lasting(key: string, owner: string): Reservation {
    const expiresAtS = this.#expiresAtS();
    return {
      key,
      owner,
      payloadHash: digest(key),
      inProgressUntilMs: expiresAtS * 1000,
      expiresAtS,
    };
  }

  #expiresAtS(): number {
    return Math.ceil(this.clock.now() / 1000) + this.times.ttlS;
  }
}

/** Hashed, as a key of S3 may be longer than one of the store. */
const objectKey = (object: ObjectIdentity): string =>
  `weft-bundle-object#${digest(identityText(object))}`;

const sealKey = (bundle: string): string => `weft-bundle-seal#${bundle}`;

/** The objects in the bundle, and those that can never be in one. */
const accountedFor = ({ objects, refused }: Manifest): ReadonlySet<string> =>
  new Set([...objects, ...refused.filter(({ final }) => final)].map(identityText));
