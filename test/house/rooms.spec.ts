import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { sourceFiles, type SourceFile } from './source-files.js';

const TRANSPORT = 'src/transport';

/**
 * Which folder imports which, types included. A folder's imports of a folder within it do not count, as it is made of
 * them; nor do the files of `src/transport` itself, which are its entry and what all of it may use.
 */
function arrows(files: readonly SourceFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { path, imports } of files)
    for (const { from } of imports) {
      const [room, other] = [dirname(path), dirname(from)];
      if (room === TRANSPORT || other === TRANSPORT || !other.startsWith(`${TRANSPORT}/`)) continue;
      if (room === other || other.startsWith(`${room}/`)) continue;
      found.set(room, (found.get(room) ?? new Set()).add(other));
    }
  return found;
}

/** The first way from each folder back to itself. */
function circles(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const wayBack = (start: string): string[] | undefined => {
    const waiting = [[start]];
    const seen = new Set<string>();
    for (let way = waiting.shift(); way; way = waiting.shift())
      for (const next of graph.get(way.at(-1) ?? '') ?? []) {
        if (next === start) return [...way, next];
        if (!seen.has(next)) waiting.push([...way, next]);
        seen.add(next);
      }
    return undefined;
  };
  return [...graph.keys()].flatMap((room) => wayBack(room)?.join(' → ') ?? []);
}

/** The rooms of a page's table, each with those that it knows. */
function roomsOfPage(name: string): Record<string, string> {
  const page = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  const [, table = ''] = page.split(/\| folder +\|.*\n/);
  const rows = table.split('\n\n')[0]?.split('\n').slice(1) ?? [];
  return Object.fromEntries(
    rows.map((row) => {
      const [, room = '', , known = ''] = row.split('|').map((cell) => cell.trim());
      return [room.replaceAll('`', ''), known === 'none' ? '' : known.replaceAll('`', '')];
    }),
  );
}

describe('the folders of the transport', () => {
  const graph = arrows(sourceFiles(TRANSPORT));

  /** What the files of these folders import of the others; a folder counts with those within it where `whole`. */
  function known(rooms: readonly string[], base: string, whole: boolean): Record<string, string> {
    const isIn = (folder: string, room: string): boolean =>
      folder === `${base}/${room}` || (whole && folder.startsWith(`${base}/${room}/`));
    const others = (room: string): string[] => {
      const targets = [...graph].flatMap(([from, to]) => (isIn(from, room) ? [...to] : []));
      return rooms.filter((other) => other !== room && targets.some((to) => isIn(to, other)));
    };
    return Object.fromEntries(rooms.map((room) => [room, others(room).toSorted().join(', ')]));
  }

  it('import each other in no circle, types included', () => {
    expect(circles(graph)).toEqual([]);
  });

  it('that a message passes on its way in know each other as docs/receiving.md says', () => {
    const page = roomsOfPage('receiving.md');
    expect(known(Object.keys(page), `${TRANSPORT}/server`, true)).toEqual(page);
    const folders = [...graph.keys()].flatMap((folder) => folder.split('/server/')[1] ?? []);
    expect(Object.keys(page)).toEqual(expect.arrayContaining([...new Set(folders.map(first))]));
  });

  it('that a message passes on its way out know each other as docs/sending.md says', () => {
    const page = roomsOfPage('sending.md');
    expect(known(Object.keys(page), TRANSPORT, false)).toEqual(page);
  });
});

const first = (folder: string): string | undefined => folder.split('/')[0];
