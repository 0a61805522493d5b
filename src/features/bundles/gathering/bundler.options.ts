/** Options of the bundler. */
export interface BundlerOptions {
  /** Bytes of input, uncompressed, of one bundle. */
  readonly maxInputBytes: number;
  readonly maxObjects: number;
  /** Maximum milliseconds that the first object of a bundle waits for others. */
  readonly maxAgeMs: number;
  /** Gzip level: 1 (fast) to 9 (small). */
  readonly compressionLevel: number;
  /** Part of the bundles' keys: names the process. */
  readonly requestId: string;
  /** Objects of one group go into one bundle. */
  readonly groupOf: (key: string) => string;
  /** Buckets whose objects may be bundled; empty: all. */
  readonly sourceBuckets: ReadonlySet<string>;
  /** Buckets whose objects are never bundled: those of the bundles and of offloaded messages. */
  readonly ownBuckets: ReadonlySet<string>;
}

/** Maximum open bundles; a further group closes the oldest one. */
export const MAX_OPEN_BUNDLES = 16;

/** Larger objects are streamed instead of held in memory. */
export const STREAM_ABOVE_BYTES = 8 * 1024 * 1024;

/** Bytes of objects, in all open bundles, that are fetched and not written yet. */
export const MAX_FETCHED_BYTES = 32 * 1024 * 1024;

/** Objects fetched at once; the SDK's agent has fifty sockets. */
export const MAX_FETCHES = 48;

/** Concurrent calls to the store. */
export const MAX_STORE_CALLS = 64;

/** Objects of one bundle that are reserved and fetched ahead: more than both limits above need. */
export const MAX_OBJECTS_AHEAD = 256;
