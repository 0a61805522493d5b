/** Characters of a sender's text that a log line repeats. */
const MAX_LOGGED_TEXT = 128;

// What steers a terminal, breaks a line or turns its direction, and JSON leaves as it is.
const STEERING = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (text: string): string =>
  text.replaceAll(STEERING, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${code}`;
  });

/** A text of a sender as a log line may repeat it: one line of JSON, cut to 128 characters. */
export function quoted(text: string): string {
  const cut = text.slice(0, MAX_LOGGED_TEXT);
  return escaped(JSON.stringify(cut)) + (cut.length < text.length ? '…' : '');
}

/** The same as the value of a field, without quotation marks around it. */
export function bounded(text: string): string {
  const cut = text.slice(0, MAX_LOGGED_TEXT);
  return oneLine(cut) + (cut.length < text.length ? '…' : '');
}

/** A text that may hold a sender's words, such as an error's, on one line and without what steers a terminal. */
export const oneLine = (text: string): string =>
  escaped(JSON.stringify(text).slice(1, -1)).replaceAll('\\"', '"');
