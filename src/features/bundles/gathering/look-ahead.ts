import type { ByteBudget, ByteShare } from '../../../aws/byte-budget.js';
import type { AnnouncedObject } from '../intake/announcement.js';
import { MAX_OBJECTS_AHEAD, STREAM_ABOVE_BYTES } from './bundler.options.js';
import type { GatheredObject } from './gathered-object.js';
import type { ObjectFetcher } from './object-fetcher.js';
import type { ReserveOutcome } from './reservations.js';

export interface LookAheadDependencies {
  readonly fetcher: ObjectFetcher;
  /** Shared by all open bundles. */
  readonly fetchedBytes: ByteBudget;
  readonly fetches: ByteBudget;
  /** Rejects if another process is bundling the object. */
  readonly reserve: (object: AnnouncedObject) => Promise<ReserveOutcome>;
}

/** An object whose reservation and bytes have been requested. */
export interface PreparedObject {
  readonly gathered: GatheredObject;
  readonly reserved: Promise<ReserveOutcome>;
  /** Resolves when its bytes have been requested, if they are fetched ahead. */
  readonly fed: Promise<void>;
  body?: Promise<Buffer>;
  share?: ByteShare;
}

/**
 * The objects of one bundle in order of arrival. The next few are reserved and fetched concurrently before their turn;
 * the others only take memory for their names.
 */
export class LookAhead {
  /** All objects; those before `#begun` are prepared or taken. */
  readonly #gathered: GatheredObject[] = [];
  #begun = 0;
  readonly #prepared: PreparedObject[] = [];
  #feeding: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(private readonly dependencies: LookAheadDependencies) {}

  add(gathered: GatheredObject): void {
    this.#gathered.push(gathered);
    this.#prepare();
  }

  /** The next object; undefined when none waits. */
  take(): PreparedObject | undefined {
    const next = this.#prepared.shift();
    this.#prepare();
    return next;
  }

  /** Makes no further requests, and returns the objects that were not requested yet. */
  stop(): readonly GatheredObject[] {
    this.#stopped = true;
    const left = this.#gathered.slice(this.#begun);
    this.#begun = this.#gathered.length;
    return left;
  }

  #prepare(): void {
    while (this.#prepared.length < MAX_OBJECTS_AHEAD) {
      const gathered = this.#gathered[this.#begun];
      if (gathered === undefined) return;
      this.#begun += 1;
      const reserved = this.dependencies.reserve(gathered.object);
      reserved.catch(() => undefined);
      const fed = Promise.withResolvers<void>();
      const prepared: PreparedObject = { gathered, reserved, fed: fed.promise };
      // In sequence, so that no object waits for memory that only a later object would free.
      this.#feeding = this.#feeding.then(() => this.#feed(prepared)).then(fed.resolve);
      this.#prepared.push(prepared);
    }
  }

  /** Requests an object's bytes, if this bundle has reserved it and it is small enough for memory. */
  async #feed(prepared: PreparedObject): Promise<void> {
    const { object } = prepared.gathered;
    const outcome = await prepared.reserved.catch(() => undefined);
    if (outcome !== 'reserved' || object.size > STREAM_ABOVE_BYTES || this.#stopped) return;
    const { fetcher, fetches, fetchedBytes } = this.dependencies;
    prepared.share = await fetchedBytes.take(object.size);
    const fetch = await fetches.take(1);
    prepared.body = fetcher.fetch(object).finally(() => fetch.release());
    prepared.body.catch(() => undefined);
  }
}
