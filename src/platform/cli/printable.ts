// What steers a terminal or turns its direction. Line breaks and tabs are the caller's own.
const STEERING =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A text for a terminal, which may repeat what others have named: it is seen, and does nothing. */
export const printable = (text: string): string =>
  text.replaceAll(
    STEERING,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
