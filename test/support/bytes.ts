/** Where two runs of bytes differ first: a comparison of large ones that says in a line what is wrong. */
export function differenceOf(read: Uint8Array, expected: Uint8Array): string {
  const at = read.findIndex((byte, index) => byte !== expected[index]);
  if (at >= 0) return `byte ${at} is ${read[at]}, expected was ${expected[at]}`;
  return read.length === expected.length
    ? 'none'
    : `${read.length} bytes, expected were ${expected.length}`;
}
