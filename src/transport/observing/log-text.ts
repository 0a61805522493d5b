/** Characters of a sender's text that a log line repeats. */
const MAX_LOGGED_TEXT = 128;

// Characters that JSON does not escape, though they control a terminal, break a line or change its direction.
const STEERING = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (text: string): string =>
  text.replaceAll(STEERING, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });

/** Makes a sender's text safe for a log line: one line of JSON, cut to 128 characters. */
export function quoted(text: string): string {
  const cut = text.slice(0, MAX_LOGGED_TEXT);
  return escaped(JSON.stringify(cut)) + (cut.length < text.length ? '…' : '');
}

/** The same without quotation marks, for the value of a field. */
export function bounded(text: string): string {
  const cut = text.slice(0, MAX_LOGGED_TEXT);
  return oneLine(cut) + (cut.length < text.length ? '…' : '');
}

/**
 * Puts a text that may contain a sender's words, such as an error's, on one line and removes characters that control a
 * terminal.
 */
export const oneLine = (text: string): string =>
  escaped(JSON.stringify(text).slice(1, -1)).replaceAll('\\"', '"');
