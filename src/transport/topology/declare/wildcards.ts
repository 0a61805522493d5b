/**
 * Whether a text matches a pattern in which `*` stands for any text and `?` for one character, as in AWS policies. Not
 * by a regular expression, which with several stars takes exponential time for a text that does not match, and others
 * write the policies. This examines each character at most once for each star.
 *
 * @param signs those that stand for others. @defaultValue both; SNS filter policies know the star only
 */
export function fitsWildcards(pattern: string, text: string, signs: '*?' | '*' = '*?'): boolean {
  let [inPattern, inText] = [0, 0];
  // Position of the latest star, and of the end of the text it covers so far.
  let star = -1;
  let reached = 0;
  while (inText < text.length) {
    const sign = pattern[inPattern];
    if (sign === '*') {
      star = inPattern;
      reached = inText;
      inPattern += 1;
    } else if (sign !== undefined && ((sign === '?' && signs === '*?') || sign === text[inText])) {
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
