/** A value of this length is quoted whole in a message. */
const MAX_QUOTED_LENGTH = 60;

/** JSON leaves these as they are, and a terminal obeys them. */
const UNESCAPED_CONTROL = /[\u{7f}-\u{9f}]/gu;

/** As JSON, so that a line break in a value cannot look like a message of its own. Of an address without its credentials. */
export function quote(value: string): string {
  const safe = withoutCredentials(value);
  const shown = safe.length > MAX_QUOTED_LENGTH ? `${safe.slice(0, MAX_QUOTED_LENGTH)}…` : safe;
  return JSON.stringify(shown).replace(
    UNESCAPED_CONTROL,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}

/** Name and password of an address are refused as they would be logged; so they are not repeated, nor is its query. */
const withoutCredentials = (value: string): string =>
  value.includes('//') ? value.replace(/\/\/.*@/s, '//…@').replace(/[?#].*$/s, '?…') : value;
