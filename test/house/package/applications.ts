import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** Runs a program to its end, without the settings that npm gives to the script it runs. */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$)/i.test(name));
  try {
    const { stdout } = await promisify(execFile)(command, [...args], {
      cwd,
      env: { ...Object.fromEntries(own), ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`.slice(0, 8000), {
      cause: error,
    });
  }
}

/** The node that runs this test, for programs that are told which. */
export const node = (args: readonly string[], cwd: string, env = {}): Promise<string> =>
  run(process.execPath, args, cwd, env);

const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--no-progress', '--ignore-scripts'];

/** An application of somebody else: its folder, with what it brings itself installed. */
export class Application {
  private constructor(readonly folder: string) {}

  static async create(
    folder: string,
    manifest: object,
    packages: readonly string[],
  ): Promise<Application> {
    await mkdir(folder, { recursive: true });
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'application', private: true, ...manifest }),
    );
    const application = new Application(folder);
    if (packages.length > 0) await application.install(packages);
    await cp(join(here, 'probe.application.txt'), join(folder, 'probe.ts'));
    return application;
  }

  install(packages: readonly string[]): Promise<string> {
    return run('npm', ['install', ...QUIET, ...packages], this.folder);
  }

  write(file: string, content: string | object): Promise<void> {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    return writeFile(join(this.folder, file), text);
  }

  /** Compiled by the application's own compiler. */
  compile(): Promise<string> {
    return node(['node_modules/typescript/bin/tsc', '-p', '.'], this.folder);
  }

  /** How many copies of a package are installed. */
  async copiesOf(name: string): Promise<number> {
    const files = await readdir(join(this.folder, 'node_modules'), { recursive: true });
    return files.filter((file) => file.endsWith(`${name}/package.json`)).length;
  }

  /** Packages and megabytes of `node_modules`. */
  async size(): Promise<{ packages: number; megabytes: number }> {
    const folder = join(this.folder, 'node_modules');
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    let [packages, bytes] = [0, 0];
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      if (/node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path)) packages += 1;
      bytes += (await stat(path)).size;
    }
    return { packages, megabytes: Math.round(bytes / 1024 ** 2) };
  }
}

/** What the probe found, out of whatever else a program prints. */
export function probed(output: string): unknown {
  const line = /PROBED (\{.*\})/.exec(output)?.[1];
  if (line === undefined) throw new Error(`The probe told nothing:\n${output.slice(0, 4000)}`);
  return JSON.parse(line) as unknown;
}

/** What every application must find. */
export const EXPECTED = {
  sum: 3,
  invalid: { message: 'Internal server error' },
  guarded: 'let in',
  denied: { message: 'Forbidden resource' },
  filtered: { filtered: 'no' },
  refused: { message: 'refused', code: 7 },
  unknown: 'WEFT_REQUEST_FAILED',
  stream: [1, 2, 3],
  typed: 7,
  handled: [true],
  inits: 1,
  entries: ['function', 'function', 'function', 'function'],
  plainClients: '',
};

export const readJson = async (file: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
