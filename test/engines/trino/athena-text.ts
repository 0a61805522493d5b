/**
 * A value as Athena's answers have it: a text, or nothing for null.
 *
 * @param type as Trino names it, such as `varbinary`.
 * @param value as Trino's JSON has it, with its numbers as texts.
 */
export function athenaText(type: string, value: unknown): { VarCharValue?: string } {
  if (value === null) return {};
  if (type === 'varbinary') return { VarCharValue: hex(value as string) };
  return { VarCharValue: text(value) };
}

/** Lists as `[1, null]`, maps and rows as `{k=1}`: Trino's JSON names no fields of rows. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value).map(([key, one]) => `${key}=${text(one)}`);
    return `{${pairs.join(', ')}}`;
  }
  return String(value);
}

const hex = (base64: string): string =>
  [...Buffer.from(base64, 'base64')].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
