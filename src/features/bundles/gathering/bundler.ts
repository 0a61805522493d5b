import { ByteBudget } from '../../../aws/byte-budget.js';
import type { StopTimer } from '../../../transport/clock.js';
import { identityText } from '../archive/manifest.js';
import { memberName } from '../archive/member-name.js';
import { RefusedObjectError, type RefusalKind } from '../bundles.errors.js';
import type { AnnouncedObject } from '../intake/announcement.js';
import { bundleKey } from './bundle-key.js';
import {
  MAX_FETCHED_BYTES,
  MAX_FETCHES,
  MAX_OPEN_BUNDLES,
  MAX_STORE_CALLS,
  type BundlerOptions,
} from './bundler.options.js';
import { GatheredObject, type ObjectOutcome } from './gathered-object.js';
import { OpenBundle, type OpenBundleDependencies } from './open-bundle.js';

type BundlerDependencies = Pick<
  OpenBundleDependencies,
  'fetcher' | 'store' | 'reservations' | 'metrics' | 'clock'
>;

/** Gathering for one invocation of a Lambda function. */
interface Invocation {
  readonly requestId: string;
  /** Milliseconds without a new object after which bundles are closed. */
  readonly quietMs: number;
  /** Milliseconds after which objects that were not started are released. */
  readonly endInMs: number;
}

interface Gathering {
  readonly bundle: OpenBundle;
  readonly stopTimer: StopTimer;
}

/** Gathers announced objects into bundles, with one open bundle for each group. */
export class Bundler {
  readonly #open = new Map<string, Gathering>();
  /** Bundles that are not stored yet, including open ones. */
  readonly #unfinished = new Set<OpenBundle>();
  /** Objects being bundled, so that one announced twice shares its outcome. */
  readonly #pending = new Map<string, GatheredObject>();
  readonly #shared = {
    fetchedBytes: new ByteBudget(MAX_FETCHED_BYTES),
    fetches: new ByteBudget(MAX_FETCHES),
    storeCalls: new ByteBudget(MAX_STORE_CALLS),
  };
  #stopQuiet: StopTimer | undefined;
  #invocation: Invocation | undefined;
  #stopEnd: StopTimer | undefined;
  #draining = false;

  constructor(
    private readonly dependencies: BundlerDependencies,
    private readonly options: BundlerOptions,
  ) {
    dependencies.metrics.watch(() => this.oldestMs);
  }

  /** Milliseconds that the oldest object has waited; 0 if none waits. */
  get oldestMs(): number {
    const [oldest] = this.#pending.values();
    return oldest ? this.dependencies.clock.now() - oldest.sinceMs : 0;
  }

  /**
   * Resolves when the object is in a stored bundle, and that is recorded.
   *
   * @throws {RefusedObjectError} if it can never be bundled; otherwise a retryable error.
   */
  async add(object: AnnouncedObject): Promise<ObjectOutcome> {
    const { maxInputBytes } = this.options;
    const named = memberName(object.key);
    const group = this.options.groupOf(object.key);
    this.#checkBucket(object);
    if (!named.ok) throw this.#refusal('bad_name', named.reason, object, group);
    if (object.size > maxInputBytes) {
      const reason = `has ${object.size} bytes, more than the ${maxInputBytes} of a whole bundle`;
      throw this.#refusal('too_large', reason, object, group);
    }
    const identity = identityText(object);
    const first = this.#pending.get(identity);
    if (first) {
      await first.settled;
      return 'repeated';
    }
    const gathered = new GatheredObject(object, named.name, this.dependencies.clock.now());
    this.#pending.set(identity, gathered);
    this.#bundleFor(group, object.size).add(gathered);
    this.#closeWhenFullOrQuiet(group);
    return gathered.settled.finally(() => this.#pending.delete(identity));
  }

  /** Gathers for one invocation of a Lambda function. The bundler is then of no further use. */
  forOneInvocation(invocation: Invocation): void {
    this.#invocation = invocation;
    const stopTimer = this.dependencies.clock.after(invocation.endInMs, () => this.endNow());
    this.#stopEnd = stopTimer;
  }

  /** Closes every open bundle, and every later one at once. Resolves when all are stored or have failed. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.#end((bundle) => bundle.close());
  }

  /** Like `drain`, but only finishes uploads: objects that were not started are released. */
  async endNow(): Promise<void> {
    this.#draining = true;
    await this.#end((bundle) => bundle.closeNow());
  }

  async #end(close: (bundle: OpenBundle) => void): Promise<void> {
    this.#stopQuiet?.();
    this.#stopEnd?.();
    for (const group of this.#open.keys()) this.#close(group);
    for (const bundle of this.#unfinished) close(bundle);
    await Promise.all([...this.#unfinished].map(({ done }) => done));
  }

  #checkBucket(object: AnnouncedObject): void {
    const { sourceBuckets, ownBuckets } = this.options;
    const { bucket } = object;
    if (ownBuckets.has(bucket)) {
      const reason = 'is in a bucket of the service itself, whose objects are never bundled';
      throw this.#counted(new RefusedObjectError('bad_bucket', reason, object));
    }
    if (sourceBuckets.size > 0 && !sourceBuckets.has(bucket)) {
      const reason = 'is in a bucket that BUNDLE_SOURCE_BUCKETS does not name';
      throw this.#counted(new RefusedObjectError('bad_bucket', reason, object));
    }
  }

  /** Also recorded in the manifest of the group's open bundle, if there is one. */
  #refusal(
    kind: RefusalKind,
    reason: string,
    object: AnnouncedObject,
    group: string,
  ): RefusedObjectError {
    const bundle = this.#open.get(group)?.bundle;
    bundle?.refuse(object, reason);
    if (bundle && bundle.entries >= this.options.maxObjects) this.#close(group);
    return this.#counted(new RefusedObjectError(kind, reason, object));
  }

  #counted(error: RefusedObjectError): RefusedObjectError {
    this.dependencies.metrics.refused(error.kind);
    return error;
  }

  /** The group's open bundle that has room for an object, or a new one. */
  #bundleFor(group: string, size: number): OpenBundle {
    const { maxInputBytes, maxAgeMs, compressionLevel } = this.options;
    const { requestId } = this.#invocation ?? this.options;
    const { clock } = this.dependencies;
    const open = this.#open.get(group);
    if (open && open.bundle.inputBytes + size <= maxInputBytes) return open.bundle;
    if (open) this.#close(group);
    const [oldest] = this.#open.keys();
    if (oldest !== undefined && this.#open.size >= MAX_OPEN_BUNDLES) this.#close(oldest);
    const bundle = new OpenBundle(bundleKey(clock.now(), requestId), {
      ...this.dependencies,
      ...this.#shared,
      compressionLevel,
    });
    const stopTimer = clock.after(maxAgeMs, () => this.#close(group));
    this.#open.set(group, { bundle, stopTimer });
    this.#unfinished.add(bundle);
    void bundle.done.then(() => this.#unfinished.delete(bundle));
    return bundle;
  }

  #closeWhenFullOrQuiet(group: string): void {
    const { maxInputBytes, maxObjects } = this.options;
    const quietMs = this.#invocation?.quietMs;
    const bundle = this.#open.get(group)?.bundle;
    if (!bundle) return;
    const full = bundle.inputBytes >= maxInputBytes || bundle.entries >= maxObjects;
    if (full || this.#draining) this.#close(group);
    if (quietMs === undefined) return;
    this.#stopQuiet?.();
    this.#stopQuiet = this.dependencies.clock.after(quietMs, () => {
      for (const open of this.#open.keys()) this.#close(open);
    });
  }

  #close(group: string): void {
    const open = this.#open.get(group);
    this.#open.delete(group);
    open?.stopTimer();
    open?.bundle.close();
  }
}
