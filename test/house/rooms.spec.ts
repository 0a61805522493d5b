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

/** The rooms of the server by the table of docs/receiving.md, each with those that it knows. */
function roomsOfThePage(): Record<string, string> {
  const page = readFileSync(new URL('../../docs/receiving.md', import.meta.url), 'utf8');
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

  it('import each other in no circle, types included', () => {
    expect(circles(graph)).toEqual([]);
  });

  it('that a message passes on its way in know each other as docs/receiving.md says', () => {
    const server = `${TRANSPORT}/server/`;
    const roomOf = (folder: string): string | undefined =>
      folder.startsWith(server) ? folder.slice(server.length).split('/')[0] : undefined;
    const known = new Map<string, Set<string>>();
    for (const [folder, others] of graph) {
      const room = roomOf(folder);
      if (room === undefined) continue;
      const rooms = known.get(room) ?? new Set();
      for (const other of others) rooms.add(roomOf(other) ?? room);
      rooms.delete(room);
      known.set(room, rooms);
    }
    const drawn = [...known].map(([room, others]) => [room, [...others].toSorted().join(', ')]);
    expect(Object.fromEntries(drawn)).toEqual(roomsOfThePage());
  });
});
