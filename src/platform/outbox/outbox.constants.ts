/** How often a relay looks for due entries, in milliseconds. Entries that this process wrote are published at once. */
export const POLL_INTERVAL_MS = 1_000;
/**
 * How long a claim of a document is valid without a renewal by its relay, in milliseconds. Shorter: entries that a
 * killed process had claimed are published sooner. Longer: a relay that stood still repeats less.
 */
export const LEASE_MS = 30_000;
/** A relay renews a claim after this part of its lease, and starts nothing new after `LEASE_USABLE_PART`. */
export const LEASE_RENEWAL_PART = 1 / 3;
export const LEASE_USABLE_PART = 2 / 3;
/** Documents a relay publishes from at the same time: enough to fill calls of ten. */
export const MAX_DOCUMENTS_IN_FLIGHT = 64;
/** Documents of this process that wait for a free slot; the next poll finds any further ones. */
export const MAX_WOKEN = 10_000;
/** Entries published under one claim of a document. */
export const MAX_ENTRIES_A_CLAIM = 200;
/** Failed attempts after which an entry is parked. With the back-off below that is after about a day. */
export const MAX_ATTEMPTS = 30;
/** Times the process may end while it publishes an entry, before the entry is parked. */
export const MAX_STARTS = 3;
/** The pause after the first failed attempt, in milliseconds; each further one doubles it. */
export const BACK_OFF_MS = 1_000;
/** The longest pause, in milliseconds. */
export const MAX_BACK_OFF_MS = 3_600_000;
/** How long a shutdown waits for pending publications, in milliseconds. */
export const DRAIN_TIMEOUT_MS = 10_000;
/** How long a shutdown then waits until the claims of unfinished publications are ended, in milliseconds. */
export const GIVE_UP_TIMEOUT_MS = 2_000;
/** How long one attempt may take, in milliseconds. */
export const PUBLISH_TIMEOUT_MS = 20_000;
/** Bytes of one entry's data as JSON: half of the smallest limit of a document, so that more than one fits. */
export const MAX_ENTRY_BYTES = 1_048_576;
/** Characters of an error that are kept with an entry. */
export const MAX_REASON_LENGTH = 500;
/** Claims of other relays that a relay watches. */
export const MAX_WATCHED_CLAIMS = 500;
/** How often a relay tries to record what it has published. */
export const SETTLE_ATTEMPTS = 5;
export const SETTLE_RETRY_DELAY_MS = 200;
