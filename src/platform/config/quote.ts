/** A value of this length is quoted whole in a message. */
const MAX_QUOTED_LENGTH = 60;

/** JSON does not escape these, and terminals obey them. */
const UNESCAPED_CONTROL = /[\u{7f}-\u{9f}]/gu;

/**
 * Quotes a value as JSON, so that a line break in it cannot look like another message. Removes the credentials of an
 * address.
 */
export function quote(value: string): string {
  const safe = withoutCredentials(value);
  const shown = safe.length > MAX_QUOTED_LENGTH ? `${safe.slice(0, MAX_QUOTED_LENGTH)}…` : safe;
  return JSON.stringify(shown).replace(
    UNESCAPED_CONTROL,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}

/** Removes name, password and query of an address, which must not appear in the error either. */
const withoutCredentials = (value: string): string =>
  value.includes('//') ? value.replace(/\/\/.*@/s, '//…@').replace(/[?#].*$/s, '?…') : value;
