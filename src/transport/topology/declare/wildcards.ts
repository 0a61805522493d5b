/**
 * Whether a text fits a pattern in which `*` stands for any text and `?` for one character, as in policies of AWS.
 * Without a regular expression: one of several stars takes exponential time for a text that does not fit, and
 * policies are written by others. This looks at each character of the text once for each star at most.
 */
export function fitsWildcards(pattern: string, text: string): boolean {
  let [inPattern, inText] = [0, 0];
  // Where the latest star is, and how far it reaches by now.
  let star = -1;
  let reached = 0;
  while (inText < text.length) {
    const sign = pattern[inPattern];
    if (sign === '*') {
      star = inPattern;
      reached = inText;
      inPattern += 1;
    } else if (sign !== undefined && (sign === '?' || sign === text[inText])) {
      inPattern += 1;
      inText += 1;
    } else if (star >= 0) {
      reached += 1;
      inText = reached;
      inPattern = star + 1;
    } else return false;
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}
