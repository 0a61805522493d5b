import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const FILES: Record<string, string> = {
  'src/features/storage/storage.service.ts': "import '../registry/jobs.js';\n",
  'src/features/registry/jobs.ts': 'export const jobs = 1;\n',
  'src/aws/clients.ts':
    "import type { Job } from '../features/sessions/job.js';\nexport type J = Job;\n",
  'src/features/sessions/job.ts': 'export interface Job { id: string }\n',
  'src/platform/config/one.ts': "import { two } from './two.js';\nexport const one = () => two;\n",
  'src/platform/config/two.ts': "import { one } from './one.js';\nexport const two = () => one;\n",
  'src/messaging/cause.ts':
    "import type { Effect } from './effect.js';\nexport interface Cause { effect: Effect }\n",
  'src/messaging/effect.ts':
    "import type { Cause } from './cause.js';\nexport interface Effect { cause: Cause }\n",
  'src/unheard/of.ts': "import '../platform/config/one.js';\n",
  'src/platform/http/tested.ts': "import '../../../test/support.js';\n",
  'src/platform/http/gone.ts': "import './nowhere.js';\n",
  'src/platform/http/kit.ts': "import '../../testing/kit.js';\n",
  'src/testing/kit.ts': "import '../platform/embedded/stack.js';\n",
  'src/platform/embedded/stack.ts': 'export {};\n',
  'src/platform/http/fine.ts': "import '../config/one.js';\nimport 'rxjs';\n",
  'src/platform/http/dev.ts': "import 'fast-check';\n",
  'src/transport/server/poll.ts':
    "import type { SQSClient } from '@aws-sdk/client-sqs';\nexport type C = SQSClient;\n",
  'test/support.ts': 'export {};\n',
};

async function cruise(folder: string): Promise<string> {
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const args = [bin, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'];
  const options = { cwd: folder, env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' } };
  try {
    return (await promisify(execFile)(process.execPath, args, options)).stdout;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error)
      return `${String(error.stdout)}${'stderr' in error ? String(error.stderr) : ''}`;
    throw error;
  }
}

describe('the import rule', () => {
  let folder: string;
  let report: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-layers-'));
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      await cp(join(root, file), join(folder, file));
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const [file, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    report = await cruise(folder);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    [
      'a feature that imports another',
      'storage-imports-downwards: src/features/storage/storage.service.ts → src/features/registry/jobs.ts',
    ],
    [
      'an import upwards, also of a type',
      'aws-imports-downwards: src/aws/clients.ts → src/features/sessions/job.ts',
    ],
    ['a cycle', 'no-circular: src/platform/config/one.ts →'],
    ['a cycle of types alone', 'no-circular: src/messaging/cause.ts →'],
    ['a folder without a layer', 'every-folder-has-a-layer: src/unheard/of.ts'],
    ['an import of tests', 'src-stands-alone: src/platform/http/tested.ts → test/support.ts'],
    ['an import of nothing', 'resolvable: src/platform/http/gone.ts →'],
    [
      'an import of a development dependency',
      'no-dev-dependency-in-src: src/platform/http/dev.ts →',
    ],
    [
      'an import of the kit for tests',
      'no-test-kit-in-production: src/platform/http/kit.ts → src/testing/kit.ts',
    ],
    [
      'a part of the server that speaks to AWS past the port to the broker',
      'one-port-to-the-broker: src/transport/server/poll.ts → ',
    ],
  ])('reports %s', (_name, line) => {
    expect(report).toContain(`error ${line}`);
  });

  it('lets imports downwards pass', () => {
    expect(report).not.toContain('src/platform/http/fine.ts');
    expect(report).not.toContain('error transport-imports');
  });

  it('is part of the lint, and holds for the sources as they are', async () => {
    const { default: manifest }: { default: { scripts: Record<string, string> } } = await import(
      '../../package.json',
      { with: { type: 'json' } }
    );
    expect(manifest.scripts['lint']).toContain('depcruise src --config .dependency-cruiser.cjs');
    expect(await cruise(root)).toContain('no dependency violations found');
  });
});
