/** Whether a declared pattern, exact or with a trailing `*`, covers one. */
export function covers(declared: string, pattern: string): boolean {
  return declared.endsWith('*') ? pattern.startsWith(declared.slice(0, -1)) : declared === pattern;
}

export function coveredBy(declared: readonly string[], pattern: string): boolean {
  return declared.some((one) => covers(one, pattern));
}
