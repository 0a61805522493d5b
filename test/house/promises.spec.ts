import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');

const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);

/** What the transport promises, as its specification numbers it. */
const PROMISES = [
  ...numbered('receiving', 11),
  ...numbered('sending', 6),
  'replies',
  'topology',
  'idempotency',
  'limits',
];

interface Shown {
  readonly promise: string;
  readonly tests: { readonly file: string; readonly name: string }[];
}

/** What docs/reliability.md says of each: a heading or a numbered line, and the tests below it. */
function shown(): Shown[] {
  const [, rest = ''] = text('docs/reliability.md').split('## Promises and their tests\n');
  const [section = ''] = rest.split(/^## |^<!--/m);
  const found: Shown[] = [];
  let heading = '';
  for (const line of section.split('\n')) {
    heading = /^### (\w+)/.exec(line)?.[1]?.toLowerCase() ?? heading;
    const number = /^(\d+)\. /.exec(line)?.[1];
    if (number !== undefined) found.push({ promise: `${heading} ${number}`, tests: [] });
    else if (heading && /^\p{Lu}/u.test(line)) found.push({ promise: heading, tests: [] });
    const file = /^ *- `([^`]+)`:/.exec(line)?.[1];
    if (file === undefined) continue;
    for (const [, name = ''] of line.matchAll(/“([^”]+)”/g))
      found.at(-1)?.tests.push({ file, name });
  }
  return found;
}

/** The tests that docs/receiving.md names for each place where a lease changes and something is waited for, by the number of its line. */
function shownOfLeases(): Shown[] {
  const [, rest = ''] = text('docs/receiving.md').split(
    '### Where a lease changes and something is waited for\n',
  );
  const [section = ''] = rest.split(/^## /m);
  return section.split('\n').flatMap((line) => {
    const promise = /^- Line (\d+): /.exec(line)?.[1];
    if (promise === undefined) return [];
    const tests = [...line.matchAll(/`(?<file>[^`]+)`: (?<names>[^`]+)/g)].flatMap(({ groups }) =>
      [...(groups?.['names'] ?? '').matchAll(/“([^”]+)”/g)].map(([, name = '']) => ({
        file: groups?.['file'] ?? '',
        name,
      })),
    );
    return [{ promise, tests }];
  });
}

const linesOfLeases = (): string[] =>
  [...text('docs/receiving.md').matchAll(/^\| +(\d+) \|/gm)].map(([, number = '']) => number);

/** Whether the file has a test, or the fault table a row, of that name. */
function isThere({ file, name }: { file: string; name: string }): boolean {
  if (!existsSync(new URL(file, ROOT))) return false;
  const source = text(file);
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`));
}

describe('the promises of the transport', () => {
  it('are all in docs/reliability.md, each with a test', () => {
    expect(shown().map(({ promise }) => promise)).toEqual(PROMISES);
    expect(shown().filter(({ tests }) => tests.length === 0)).toEqual([]);
  });

  it('name a test for each place where a lease changes and something is waited for', () => {
    expect(linesOfLeases()).not.toEqual([]);
    expect(shownOfLeases().map(({ promise }) => promise)).toEqual(linesOfLeases());
    expect(shownOfLeases().filter(({ tests }) => tests.length === 0)).toEqual([]);
  });

  it('are shown by tests that are there', () => {
    const missing = [...shown(), ...shownOfLeases()].flatMap(({ tests }) =>
      tests.filter((test) => !isThere(test)),
    );
    expect(missing).toEqual([]);
  });
});
