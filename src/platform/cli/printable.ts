/**
 * Characters that control a terminal or change the text direction: controls, format characters, and Unicode's line
 * breaks.
 */
const STEERING = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * Makes a text that may contain others' names safe for a terminal: control characters are shown escaped. Line breaks
 * and tabs stay.
 */
export const printable = (text: string): string =>
  text.replaceAll(STEERING, (character) =>
    character === '\n' || character === '\t'
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
