/** What the sessions module needs to know; made from the settings, replaceable in tests. */
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
}

/** Limits of the event streams. */
export interface SessionStreamOptions {
  /** A comment line at least this often keeps proxies from closing the stream. Default 15 s. */
  readonly heartbeatMs: number;
  /** Streams open at once in this process. Default 1000. */
  readonly maxListeners: number;
  /** Streams open at once on one session. Default 100. */
  readonly maxListenersPerSession: number;
  /** Bytes waiting for a slow client before it is cut off. Default 1 MiB. */
  readonly maxBufferedBytes: number;
  /** Events kept for `Last-Event-ID`, per session. Default 100. */
  readonly historyPerSession: number;
  /** Sessions whose events are kept. Default 1000. */
  readonly historySessions: number;
  /** Bytes of all events kept. Default 16 MiB. */
  readonly historyBytes: number;
}

export const DEFAULT_STREAM_OPTIONS: SessionStreamOptions = {
  heartbeatMs: 15_000,
  maxListeners: 1000,
  maxListenersPerSession: 100,
  maxBufferedBytes: 1024 * 1024,
  historyPerSession: 100,
  historySessions: 1000,
  historyBytes: 16 * 1024 * 1024,
};

/** Injection token of `SessionsOptions`. */
export const SESSIONS_OPTIONS = Symbol('SESSIONS_OPTIONS');

/** Injection token of `SessionStreamOptions`. */
export const SESSION_STREAM_OPTIONS = Symbol('SESSION_STREAM_OPTIONS');

/** The setting that turns a notification off. */
export const NO_NOTIFICATION = 'none';
