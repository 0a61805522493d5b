/** Options of the sessions module, made from the settings and replaceable in tests. */
export interface SessionsOptions {
  /** SNS topic of each rating, by ARN or name; `none` for no notification. */
  readonly feedbackTopics: {
    readonly good: string;
    readonly bad: string;
    readonly neutral: string;
  };
  /** SQS queue of the metadata changes, by URL or name; `none` for no notification. */
  readonly metadataQueueUrl: string;
  /** The metadata fields that may leave the service; empty: all of them. */
  readonly metadataFields: readonly string[];
  /** The broadcast topic by which instances pass changes for browsers to each other. */
  readonly liveTopic: string;
  /** Number of messages in the metadata queue from which a warning is logged. */
  readonly queueDepthWarning: number;
  /** When sessions expire. */
  readonly expiry: SessionExpiry;
}

/** When sessions expire; the earlier of the two applies. */
export interface SessionExpiry {
  /** Milliseconds since it was created. Default: never. */
  readonly ttlMs?: number;
  /** Milliseconds since it was last changed. Default: never. */
  readonly idleTtlMs?: number;
}

/** Limits of the event streams. */
export interface SessionStreamOptions {
  /** Milliseconds between comment lines, which keep proxies from closing a stream. Default 15 000. */
  readonly heartbeatMs: number;
  /**
   * Milliseconds between two checks for missed broadcasts. Default 30 000; lower reads the documents more often, higher
   * shows a missed change later.
   */
  readonly refreshMs: number;
  /** Streams open at once in this process. Default 10 000. */
  readonly maxListeners: number;
  /** Streams open at once on one session. Default 10 000. */
  readonly maxListenersPerSession: number;
  /** Bytes waiting for a slow reader before it is cut off. Default 1 MiB. */
  readonly maxBufferedBytes: number;
}

export const DEFAULT_STREAM_OPTIONS: SessionStreamOptions = {
  heartbeatMs: 15_000,
  refreshMs: 30_000,
  maxListeners: 10_000,
  maxListenersPerSession: 10_000,
  maxBufferedBytes: 1024 * 1024,
};

/** Injection token of `SessionsOptions`. */
export const SESSIONS_OPTIONS = Symbol('SESSIONS_OPTIONS');

/** Injection token of `SessionStreamOptions`. */
export const SESSION_STREAM_OPTIONS = Symbol('SESSION_STREAM_OPTIONS');

/** The setting that turns a notification off. */
export const NO_NOTIFICATION = 'none';
