import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TIME_LIMIT_MS = 300_000;
const ON_TOP = ['.env.example', 'CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].filter(
  (file) => existsSync(join(root, file)),
);

const APPLICATION = `
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { EmbeddedAws } from 'weft/testing';
import { connectSnsSqs, defineTopology, OnRequest, SnsSqsClient, SnsSqsServer } from 'weft';

@Controller()
class Greeter {
  @OnRequest('hello')
  hello(@Payload() name: string): string {
    return 'Hello, ' + name;
  }
}

@Module({ controllers: [Greeter] })
class AppModule {}

const embedded = await EmbeddedAws.start();
const aws = embedded.clientOptions();
const topology = defineTopology({
  queues: [{ name: 'hello', patterns: ['hello'] }],
  routes: [{ patterns: ['hello'], queue: 'hello' }],
});
const server = new SnsSqsServer({ topology, aws, provision: 'create', waitTimeS: 1 });
const client = new SnsSqsClient({ topology, aws, provision: 'create' });
const app = await NestFactory.create(AppModule, { logger: false });
connectSnsSqs(app, server);
await app.init();
await app.startAllMicroservices();
console.log(await firstValueFrom(client.send<string>('hello', 'Weft')));
await client.close();
await app.close();
await embedded.stop();
`;

const COMPILER_OPTIONS = {
  target: 'ES2023',
  module: 'NodeNext',
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
};

async function run(command: string, args: string[], cwd: string): Promise<string> {
  // npm puts the settings of the script it runs into the environment, where they would win here.
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$)/i.test(name));
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      cwd,
      env: Object.fromEntries(own),
    });
    return stdout;
  } catch (error) {
    const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`${command} ${args.join(' ')} failed: ${said}`, { cause: error });
  }
}

const tsc = (args: string[], cwd: string): Promise<string> =>
  run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc6'), ...args], cwd);

describe('the package', () => {
  let folder: string;
  let application: string;
  let manifest: { exports: Record<string, { types: string; default: string } | string> };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-package-'));
    const staging = join(folder, 'staging');
    application = join(folder, 'application');
    await mkdir(staging);
    await mkdir(application);
    ({ default: manifest } = await import('../../package.json', { with: { type: 'json' } }));

    // Built beside the sources' own build, which another process may be using.
    await tsc(['-p', 'tsconfig.build.json', '--outDir', join(staging, 'dist')], root);
    for (const file of [...ON_TOP, '.npmrc']) await cp(join(root, file), join(staging, file));
    await run('npm', ['pack', '--pack-destination', folder], staging);
    const [tarball = ''] = (await readdir(folder)).filter((file) => file.endsWith('.tgz'));

    await writeFile(
      join(application, 'package.json'),
      JSON.stringify({ name: 'application', private: true, type: 'module' }),
    );
    const quiet = [
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--no-progress',
      '--ignore-scripts',
    ];
    await run('npm', ['install', ...quiet, join(folder, tarball)], application);
  }, TIME_LIMIT_MS);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('brings every file that it exports, with types', async () => {
    const installed = join(application, 'node_modules/weft');
    const files = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : [entry.types, entry.default],
    );
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) await access(join(installed, file));
  });

  it('exports nothing that fails to load', async () => {
    const names = Object.keys(manifest.exports).filter((name) => name !== './package.json');
    const imports = names.map((name) => `await import('weft${name.slice(1)}');`).join('\n');
    await writeFile(join(application, 'all.js'), `import 'reflect-metadata';\n${imports}\n`);
    expect(await run(process.execPath, ['all.js'], application)).toBe('');
  });

  it('holds no sources, tests, secrets or maps', async () => {
    const installed = join(application, 'node_modules/weft');
    const top = (await readdir(installed)).toSorted();
    expect(top).toEqual([...ON_TOP, 'dist'].toSorted());
    const all = await readdir(join(installed, 'dist'), { recursive: true });
    expect(all.filter((file) => /\.map$|\.spec\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  it(
    'carries an application of a few lines, typed, on the embedded stack',
    async () => {
      await writeFile(join(application, 'app.ts'), APPLICATION);
      await writeFile(
        join(application, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: ['app.ts'] }),
      );
      await tsc(['-p', 'tsconfig.json'], application);
      expect(await run(process.execPath, ['app.js'], application)).toBe('Hello, Weft\n');
    },
    TIME_LIMIT_MS,
  );
});
