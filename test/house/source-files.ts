import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What one file takes from another one of this tree. */
export interface Import {
  /** Path from the root of the repository. */
  readonly from: string;
  /** Names; `*` for all of them. */
  readonly names: readonly string[];
}

/** One TypeScript file, read as text. */
export interface SourceFile {
  /** Path from the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** Imports and re-exports by relative paths, those of types included. */
  readonly imports: readonly Import[];
}

const STATEMENT =
  /^(?:import|export)\s+(?:type\s+)?(?<clause>\*(?:\s+as\s+\w+)?|[\w\s,*{}$]*?)\s+from\s+'(?<path>\.[^']+)'/gm;
const BARE = /(?:^import\s+|\bimport\(\s*)'(?<path>\.[^']+)'/gm;

const resolved = (file: string, path: string): string =>
  join(file, '..', path).replace(/\.js$/, '.ts');

function namesIn(clause: string): string[] {
  const listed = /\{(?<list>[^}]*)\}/s.exec(clause)?.groups?.['list'];
  if (listed === undefined) return ['*'];
  return listed
    .split(',')
    .map((entry) =>
      entry
        .trim()
        .replace(/^type\s+/, '')
        .replace(/\s+as\s+.*$/s, ''),
    )
    .filter((name) => name !== '');
}

function importsOf(path: string, text: string): Import[] {
  return [
    ...[...text.matchAll(STATEMENT)].map(({ groups = {} }) => ({
      from: resolved(path, groups['path'] ?? ''),
      names: namesIn(groups['clause'] ?? ''),
    })),
    ...[...text.matchAll(BARE)].map(({ groups = {} }) => ({
      from: resolved(path, groups['path'] ?? ''),
      names: ['*'],
    })),
  ];
}

/** Every TypeScript file of these folders of the repository. */
export const sourceFiles = (...folders: readonly string[]): readonly SourceFile[] =>
  folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => {
        const path = join(folder, name);
        const text = readFileSync(join(root, path), 'utf8');
        return { path, text, imports: importsOf(path, text) };
      }),
  );
