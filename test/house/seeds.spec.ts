import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/seeds.md', ROOT), 'utf8');
const STATES = ['works', 'partly', 'differs', 'absent'];

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** By heading: the rows of its table. */
const sections = new Map(
  [...page.matchAll(/^## (.+)$([^]*?)(?=^## |$(?![^]))/gm)].map(([, title = '', body = '']) => [
    title,
    [...body.matchAll(/^\| [LPMEDC]\d+ .*$/gm)].map(([line]) => cells(line)),
  ]),
);
const rows = [...sections.values()].flat();

// Links and headings are held by documents.spec.ts.
describe('docs/seeds.md', () => {
  it('has each row once, each with a state and the place that serves it', () => {
    const ids = rows.map(([id]) => id);
    expect(ids).toHaveLength(238);
    expect(new Set(ids).size).toBe(ids.length);
    expect(rows.filter((row) => row.length !== 4 || !STATES.includes(row[3] ?? ''))).toEqual([]);
    const placeless = rows.filter(
      ([, , where = '', state]) => state === 'works' && !/\]\(|`/.test(where),
    );
    expect(placeless).toEqual([]);
  });

  it('counts its rows right', () => {
    const table = [...page.matchAll(/^\| (?:Seed|Beyond).*$/gm)].map(([line]) => cells(line));
    const counted = [...sections].map(([title, list]) => [
      title,
      String(list.length),
      ...STATES.map((state) => String(list.filter(([, , , is]) => is === state).length)),
    ]);
    expect(table).toEqual(counted);
  });

  it('names files that exist', () => {
    const files = [
      ...page.matchAll(/`((?:src|test|examples|docs)\/[\w./-]+|[\w.]+\.(?:json|example))`/g),
    ].map(([, file = '']) => file);
    expect(files.length).toBeGreaterThan(30);
    expect(files.filter((file) => !existsSync(new URL(file, ROOT)))).toEqual([]);
  });
});
