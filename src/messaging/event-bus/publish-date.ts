const MICROSECONDS_A_SECOND = 1_000_000;
/** If the clock is set back further than this, the new time is used. */
const MAX_LEAD_US = MICROSECONDS_A_SECOND;

let lastUs = 0;

/**
 * The time in ISO 8601 with microseconds, unique within a process, so that otherwise equal events differ.
 */
export function publishDate(nowMs: number): string {
  const nowUs = Math.floor(nowMs * 1000);
  const isBehind = nowUs <= lastUs && lastUs - nowUs < MAX_LEAD_US;
  lastUs = isBehind ? lastUs + 1 : nowUs;
  const seconds = Math.floor(lastUs / MICROSECONDS_A_SECOND);
  const fraction = String(lastUs % MICROSECONDS_A_SECOND).padStart(6, '0');
  return new Date(seconds * 1000).toISOString().replace('.000Z', `.${fraction}Z`);
}
