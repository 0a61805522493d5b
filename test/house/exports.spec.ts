import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { sourceFiles, type SourceFile } from './source-files.js';

const DECLARED =
  /^export (?:declare |abstract |async )*(?:const|let|function\*?|class|interface|type|enum) (?<name>[\w$]+)/gm;
const LISTED = /^export (?:type )?\{(?<list>[^}]*)\}/gm;

/** Names that a file gives to others, those of its lists as they are called there. */
function namesOf({ text }: SourceFile): string[] {
  const listed = [...text.matchAll(LISTED)].flatMap(({ groups }) =>
    (groups?.['list'] ?? '').split(',').map((entry) => /[\w$]+\s*$/.exec(entry)?.[0].trim() ?? ''),
  );
  const declared = [...text.matchAll(DECLARED)].map(({ groups }) => groups?.['name'] ?? '');
  return [...declared, ...listed].filter((name) => name !== '');
}

/** Files that others outside this tree import: the packages' entries, and what a platform starts. */
async function entries(): Promise<ReadonlySet<string>> {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  const library: unknown = await import(
    new URL('../../.ci/transport-manifest.js', import.meta.url).href
  );
  const { ENTRIES } = library as { ENTRIES: Record<string, string> };
  const { exports } = manifest as { exports: Record<string, string | { default: string }> };
  const own = Object.values(exports).map((entry) =>
    typeof entry === 'string' ? entry : entry.default,
  );
  return new Set([
    ...own.map((path) => path.replace(/^\.\/dist\/(.*)\.js$/, 'src/$1.ts')),
    ...Object.values(ENTRIES).map((path) => `src/${path}.ts`),
    'src/lambda.ts',
  ]);
}

describe('the exports of src', () => {
  it('are imported by another file, or are those of an entry of a package', async () => {
    const imported = new Map<string, Set<string>>();
    for (const { imports } of sourceFiles('src', 'test', 'bench', 'examples', '.ci'))
      for (const { from, names } of imports)
        imported.set(from, new Set([...(imported.get(from) ?? []), ...names]));
    const known = await entries();
    const unused = sourceFiles('src')
      .filter(({ path }) => !known.has(path) && imported.get(path)?.has('*') !== true)
      .flatMap((file) =>
        namesOf(file)
          .filter((name) => imported.get(file.path)?.has(name) !== true)
          .map((name) => `${file.path}: ${name}`),
      );
    expect(unused).toEqual([]);
  });
});
