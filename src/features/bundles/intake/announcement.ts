import type { ObjectIdentity } from '../archive/manifest.js';

/** An object that S3 announced as stored. */
export interface AnnouncedObject extends ObjectIdentity {
  /** Bytes. */
  readonly size: number;
  /** Unquoted; null if the notification has none. */
  readonly etag: string | null;
}

/** The contents of one message. */
export interface Announcement {
  readonly objects: readonly AnnouncedObject[];
  /** Records of events that are not about new objects, such as deletions. */
  readonly ignored: number;
  /** A text for the fault of each unreadable record. */
  readonly malformed: readonly string[];
}
