/** A value of this length is quoted whole in a message. */
const MAX_QUOTED_LENGTH = 60;

/** JSON leaves these as they are, and a terminal obeys them. */
const UNESCAPED_CONTROL = /[\u{7f}-\u{9f}]/gu;

/** As JSON, so that a line break in a value cannot look like a message of its own. */
export function quote(value: string): string {
  const shown = value.length > MAX_QUOTED_LENGTH ? `${value.slice(0, MAX_QUOTED_LENGTH)}…` : value;
  return JSON.stringify(shown).replace(
    UNESCAPED_CONTROL,
    (control) => `\\u00${control.charCodeAt(0).toString(16)}`,
  );
}
