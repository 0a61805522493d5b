/** When bundles are closed, and how they are made. */
export interface BundlerOptions {
  /** Bytes of input, uncompressed, of one bundle. */
  readonly maxInputBytes: number;
  readonly maxObjects: number;
  /** Milliseconds the first object of a bundle waits at most for others. */
  readonly maxAgeMs: number;
  /** Of gzip: 1 (fast) to 9 (small). */
  readonly compressionLevel: number;
  /** Part of the bundles' keys: names the process. */
  readonly requestId: string;
  /** Objects of one group go into one bundle. */
  readonly groupOf: (key: string) => string;
  /** Buckets whose objects may be bundled; empty: every one. */
  readonly sourceBuckets: ReadonlySet<string>;
  /** Buckets whose objects never are: that of the bundles, and that of messages' bodies. */
  readonly ownBuckets: ReadonlySet<string>;
}

/** Bundles that are open at once; where another group comes, the oldest is closed. */
export const MAX_OPEN_BUNDLES = 16;

/** Objects above this are not held in memory, but read as they are written. */
export const STREAM_ABOVE_BYTES = 8 * 1024 * 1024;

/** Bytes of objects that are fetched and not written yet, of all open bundles. */
export const MAX_FETCHED_BYTES = 32 * 1024 * 1024;

/** Objects on their way at once; the SDK's agent has fifty sockets. */
export const MAX_FETCHES = 48;

/** Calls to the store at once. */
export const MAX_STORE_CALLS = 64;

/** Objects of one bundle that are reserved and fetched before their turn: enough for both limits above, with some to spare. */
export const MAX_OBJECTS_AHEAD = 256;
