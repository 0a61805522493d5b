import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): Promise<string> => readFile(join(ROOT, file), 'utf8');

const documents = new Map<string, string>();
beforeAll(async () => {
  const notes = (await readdir(join(ROOT, 'docs'))).filter((file) => file.endsWith('.md'));
  const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...notes.map((f) => `docs/${f}`)];
  for (const file of files) documents.set(file, await read(file));
});

const readme = (): string => documents.get('README.md') ?? '';

/** GitHub's anchor of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

const withoutCode = (text: string): string => text.replaceAll(/^```[^]*?^```/gm, '');

function anchorsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchor(heading));
}

describe('the documents', () => {
  it('show examples as they are in their files', async () => {
    const blocks = [...readme().matchAll(/^```ts file=(\S+)\n([^]*?)^```$/gm)];
    expect(blocks.length).toBeGreaterThan(3);
    for (const [, file = '', code = ''] of blocks) {
      expect({ file, code }).toEqual({ file, code: await read(file) });
    }
  });

  it('link to files and headings that are there', () => {
    const broken: string[] = [];
    for (const [document, text] of documents) {
      for (const [, link = ''] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https?:/.test(link)) continue;
        const [path = '', heading] = link.split('#');
        const target = path === '' ? document : join(dirname(document), path);
        const anchors = anchorsOf(documents.get(target) ?? '');
        const found =
          existsSync(join(ROOT, target)) && (heading === undefined || anchors.includes(heading));
        if (!found) broken.push(`${document}: ${link}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('name files of the repository that are there', () => {
    const broken: string[] = [];
    for (const [document, text] of documents) {
      for (const [, path = ''] of text.matchAll(/(?:`| )((?:src|test|examples|docs)\/[\w./-]+)/g)) {
        if (!existsSync(join(ROOT, path))) broken.push(`${document}: ${path}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('name settings that exist, each as .env.example does', async () => {
    const settings = new Set(
      [...(await read('.env.example')).matchAll(/^# (\w+)=$/gm)].map(([, name]) => name),
    );
    const section = /^### Settings$([^]*?)^##/m.exec(readme())?.[1] ?? '';
    const named = [...section.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !settings.has(name))).toEqual([]);
  });

  it('name every part of the package, and npm scripts that exist', async () => {
    const { exports, scripts } = JSON.parse(await read('package.json')) as {
      exports: Record<string, unknown>;
      scripts: Record<string, string>;
    };
    for (const part of Object.keys(exports).filter((name) => name !== './package.json')) {
      expect(readme()).toContain(`weft${part.slice(1)}`);
    }
    const unknown = [...documents].flatMap(([document, text]) =>
      [...text.matchAll(/npm run ([\w:-]+)/g)]
        .map(([, script = '']) => script)
        .filter((script) => !(script in scripts))
        .map((script) => `${document}: npm run ${script}`),
    );
    expect(unknown).toEqual([]);
  });
});
