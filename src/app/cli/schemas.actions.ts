import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../common/make-folder.js';
import type { AsyncApiDocument } from '../../features/schemas/asyncapi.document.js';
import { breakingChanges } from '../../features/schemas/breaking.changes.js';
import { jsonSchemas } from '../../features/schemas/json.schemas.js';
import { describeService } from '../../features/schemas/service.document.js';
import { EXIT, type CliContext, type StackOptions } from '../../platform/cli/index.js';
import type { Settings } from '../../platform/config/index.js';
import { appTopology } from '../app.topology.js';
import { controllersOf } from '../controllers.js';
import { FEATURES } from '../features.js';

const DOCUMENT = 'asyncapi.json';
const SUFFIX = '.schema.json';

/** Message schemas depend on no credentials, database or region. */
const NOTHING: StackOptions = { requires: [] };

/** Each file by its name. */
type Files = ReadonlyMap<string, object>;

/** Writes every schema and the AsyncAPI document. Obsolete files are named, but not deleted. */
export async function writeSchemas(context: CliContext, dir: string): Promise<void> {
  const { files } = await filesOf(await context.settings(NOTHING));
  makeFolder(dir);
  await Promise.all([...files].map(([name, json]) => writeFile(join(dir, name), textOf(json))));
  const left = (await namesIn(dir)).filter((name) => !files.has(name));
  const lines = [
    `${files.size} files written to ${dir}`,
    ...left.map((name) => `${name} is no longer made: delete it`),
  ];
  context.print({ json: { dir, written: [...files.keys()], left }, text: lines.join('\n') });
}

/** Compares the files that would be written with the existing ones. */
export async function checkSchemas(context: CliContext, dir: string): Promise<void> {
  const { files, document } = await filesOf(await context.settings(NOTHING));
  const committed = await Promise.all(
    [...files].map(
      async ([name, json]) => [name, (await read(join(dir, name))) === textOf(json)] as const,
    ),
  );
  const left = (await namesIn(dir)).filter((name) => !files.has(name));
  const outdated = [...committed.filter(([, same]) => !same).map(([name]) => name), ...left];
  const before = await read(join(dir, DOCUMENT));
  const breaking = before === undefined ? [] : breakingChanges(parsed(before, dir), document);
  context.print({
    json: { dir, breaking, outdated },
    text: reportOf(dir, breaking, outdated),
  });
  if (breaking.length > 0 || outdated.length > 0) context.exit(EXIT.found);
}

async function filesOf(
  settings: Settings,
): Promise<{ readonly files: Files; readonly document: AsyncApiDocument }> {
  const controllers = controllersOf(FEATURES.map(({ module }) => module(settings)));
  const { document, types } = await describeService(appTopology(settings), controllers);
  const schemas = Object.entries(jsonSchemas(types));
  return {
    document,
    files: new Map<string, object>([
      [DOCUMENT, document],
      ...schemas.map(([name, schema]) => [`${name}${SUFFIX}`, schema] as const),
    ]),
  };
}

const textOf = (json: object): string => `${JSON.stringify(json, undefined, 2)}\n`;

/** The files of ours that a folder has. */
async function namesIn(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch(orNone<string[]>([]));
  return names.filter((name) => name === DOCUMENT || name.endsWith(SUFFIX));
}

const read = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch(orNone<string | undefined>(undefined));

/** @throws any error but that of a missing file, such as a missing permission. */
const orNone =
  <T>(none: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return none;
    throw error;
  };

/** @throws Error naming the file if it is not JSON. */
function parsed(text: string, dir: string): AsyncApiDocument {
  try {
    return JSON.parse(text) as AsyncApiDocument;
  } catch (cause) {
    throw new Error(
      `${join(dir, DOCUMENT)} is not JSON, so nothing can be compared. Restore it, or write it again with: weft schemas`,
      { cause },
    );
  }
}

function reportOf(dir: string, breaking: readonly string[], outdated: readonly string[]): string {
  if (breaking.length === 0 && outdated.length === 0) return `${dir} is as the code has it.`;
  return [
    ...(breaking.length > 0
      ? ['Breaking changes:', ...breaking.map((change) => `  ${change}`)]
      : []),
    ...(outdated.length > 0
      ? [`Not as the code has them: ${outdated.join(', ')}`, 'Write them again by: weft schemas']
      : []),
  ].join('\n');
}
