import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCommand } from './needs.js';
import { runToEnd } from './processes.js';

const ROOT = new URL('../../..', import.meta.url).pathname;
/** Where engines are installed; not part of the repository. */
export const ENGINES_FOLDER = join(ROOT, '.engines');
const PINS = join(ROOT, 'test/engines/pins');
const STAMP = 'installed-from';

/** Installs into a folder of its own, unless it was installed from the very same pins before. */
async function once(
  name: string,
  pins: readonly string[],
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(ENGINES_FOLDER, name);
  const digest = createHash('sha256');
  for (const file of pins) digest.update(readFileSync(file));
  const wanted = digest.digest('hex');
  const stamp = join(folder, STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const startedMs = Date.now();
  await install(folder);
  // Written last: an installation that was interrupted is started anew.
  writeFileSync(stamp, wanted);
  console.log(`${name}: installed in ${Math.round((Date.now() - startedMs) / 1000)} s`);
  return folder;
}

/**
 * A virtual environment with the packages of `pins/<name>.txt`.
 *
 * @param more what else belongs into its folder
 */
export function installPython(
  name: string,
  more: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const requirements = join(PINS, `${name}.txt`);
  return once(name, [requirements], async (folder) => {
    const python = (await findCommand('python')) ?? 'python3';
    await runToEnd(python, ['-m', 'venv', folder]);
    await runToEnd(join(folder, 'bin/python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      // Most of it is never imported; what is, is compiled then.
      '--no-compile',
      '--requirement',
      requirements,
    ]);
    await more(folder);
  });
}

/** Strands Agents, and its own tests, which come with the sources alone. */
export const installStrands = (): Promise<string> =>
  installPython('strands', async (folder) => {
    const [pin = ''] =
      /^strands-agents==.*$/m.exec(readFileSync(pinned('', 'strands.txt'), 'utf8')) ?? [];
    const sources = ['--no-deps', '--no-binary', ':all:', '--dest', folder];
    await runToEnd(join(folder, 'bin/python'), [
      '-m',
      'pip',
      'download',
      '--quiet',
      ...sources,
      pin,
    ]);
    const archive = readdirSync(folder).find((file) => file.endsWith('.tar.gz')) ?? '';
    const into = ['--strip-components=1', '--one-top-level=sources', '--directory', folder];
    await runToEnd('tar', ['--extract', '--gzip', '--file', join(folder, archive), ...into]);
  });

/** The jars of `pins/<name>/pom.xml` in `lib/`, and the Java sources beside it compiled. */
export function installJava(name: string): Promise<string> {
  const pins = readdirSync(join(PINS, name)).map((file) => join(PINS, name, file));
  return once(name, pins, async (folder) => {
    const lib = join(folder, 'lib');
    await runToEnd('mvn', [
      '--quiet',
      '--batch-mode',
      '--file',
      join(PINS, name, 'pom.xml'),
      'dependency:copy-dependencies',
      `-DoutputDirectory=${lib}`,
      '-DincludeScope=runtime',
    ]);
    const sources = pins.filter((file) => file.endsWith('.java'));
    if (sources.length > 0)
      await runToEnd('javac', ['-cp', join(lib, '*'), '-d', join(folder, 'classes'), ...sources]);
  });
}

/** Trino's server and its plugin for tables of Hive on S3, as their archives have them. */
export const installTrino = (): Promise<string> =>
  once('trino', [pinned('trino', 'pom.xml')], async (folder) => {
    const pom = ['--file', pinned('trino', 'pom.xml')];
    const unpack = ['dependency:unpack', `-Dfolder=${folder}`];
    await runToEnd('mvn', ['--quiet', '--batch-mode', ...pom, ...unpack]);
    // None of the server's own plugins is used, and they are most of it.
    rmSync(join(folder, 'trino-server-core-476', 'plugin'), { recursive: true });
  });

/**
 * Debian's packages named in `pins/<name>/packages.txt`, unpacked: nothing is installed on the machine, and no right of
 * root is needed. They are of the release that the machine has, and fit its libraries.
 *
 * @throws Error where there is no apt, no network or no such package.
 */
export function installDebian(name: string): Promise<string> {
  const pins = readdirSync(join(PINS, name)).map((file) => join(PINS, name, file));
  return once(name, pins, async (folder) => {
    const packages = readFileSync(pinned(name, 'packages.txt'), 'utf8').trim().split('\n');
    const apt = join(folder, 'apt');
    mkdirSync(join(apt, 'lists/partial'), { recursive: true });
    mkdirSync(join(apt, 'cache/archives/partial'), { recursive: true });
    // Lists of its own: those of the machine are root's, and may be old or locked.
    const own = [
      `Dir::State::Lists=${join(apt, 'lists')}`,
      `Dir::Cache=${join(apt, 'cache')}`,
      'APT::Sandbox::User=',
    ].flatMap((option) => ['-o', option]);
    await runToEnd('apt-get', ['-qq', ...own, 'update']);
    await runToEnd('apt-get', ['-qq', ...own, 'download', ...packages], apt);
    for (const file of readdirSync(apt).filter((one) => one.endsWith('.deb')))
      await runToEnd('dpkg-deb', ['--extract', join(apt, file), folder]);
    rmSync(apt, { recursive: true });
  });
}

/** A file among an engine's pins, such as its configuration. */
export const pinned = (name: string, file: string): string => join(PINS, name, file);
