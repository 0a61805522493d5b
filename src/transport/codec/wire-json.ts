// SQS refuses U+FFFE and U+FFFF, and some engines refuse characters above U+FFFF; a JSON escape means the same text.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const UNWIRED = /[\u{fffe}\u{ffff}\u{10000}-\u{10ffff}]/u;
const UNWIRED_ALL = new RegExp(UNWIRED.source, 'gu');

const escapeUnits = (text: string): string =>
  Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16)}`).join('');

/**
 * `JSON.stringify` in characters that every queue accepts; for codecs of your own. `undefined` and functions become
 * `null`.
 *
 * @throws TypeError for a circular value or a bigint, as `JSON.stringify` does.
 * @example
 * encode: ({ data }) => ({ body: wireJson(data), attributes: {} })
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function wireJson(value: unknown): string {
  const json = JSON.stringify(value) ?? 'null';
  return UNWIRED.test(json) ? json.replace(UNWIRED_ALL, escapeUnits) : json;
}
