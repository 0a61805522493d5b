import type { ObjectIdentity } from '../archive/manifest.js';

/** An object that S3 says was stored. */
export interface AnnouncedObject extends ObjectIdentity {
  /** Bytes. */
  readonly size: number;
  /** Unquoted; null when it was not said. */
  readonly etag: string | null;
}

/** What one message says. */
export interface Announcement {
  readonly objects: readonly AnnouncedObject[];
  /** Records of events that are not about new objects, such as deletions. */
  readonly ignored: number;
  /** What is wrong with records that cannot be read, one text each. */
  readonly malformed: readonly string[];
}
