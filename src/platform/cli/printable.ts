/** What steers a terminal or turns its direction: controls, format characters, and Unicode's line breaks. */
const STEERING = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** A text for a terminal, which may repeat what others have named: it is seen, and does nothing. Line breaks and tabs stay. */
export const printable = (text: string): string =>
  text.replaceAll(STEERING, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
