import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { startWholeService } from '../../support/service.js';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const STRANDS = path('../../../.engines/strands');
const TESTS = 'tests/strands/session/test_repository_session_manager.py';
const TIME_LIMIT_MS = 180_000;

describe('The adapter for Strands Agents', () => {
  let folder: string;
  let service: RunningService;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-strands-'));
    service = await startWholeService();
    // Strands' own test file as it is, with our repository where it has a fixture.
    const fixtures = join(folder, 'tests/fixtures');
    await cp(join(STRANDS, 'sources/tests/fixtures'), fixtures, { recursive: true });
    await cp(path('mock_session_repository.py'), join(fixtures, 'mock_session_repository.py'));
    await mkdir(join(folder, 'tests/strands/session'), { recursive: true });
    await cp(join(STRANDS, 'sources', TESTS), join(folder, TESTS));
    for (const name of ['tests', 'tests/strands', 'tests/strands/session']) {
      await writeFile(join(folder, name, '__init__.py'), '');
    }
  }, TIME_LIMIT_MS);

  afterAll(async () => {
    await service.close();
    await rm(folder, { recursive: true });
  }, TIME_LIMIT_MS);

  it(
    'passes Strands’ own tests of a session repository',
    async () => {
      const pytest = ['-m', 'pytest', '-q', '-o', 'asyncio_mode=auto', TESTS];
      const env = {
        PATH: process.env['PATH'],
        AWS_DEFAULT_REGION: 'us-east-1',
        WEFT_URL: service.url,
        PYTHONPATH: path('../../../examples/strands'),
      };
      const { stdout } = await promisify(execFile)(join(STRANDS, 'bin/python'), pytest, {
        cwd: folder,
        env,
      }).catch((error: Error & { stdout?: string }) => {
        throw new Error(error.stdout ?? error.message);
      });
      const [, passed] = /(\d+) passed/.exec(stdout) ?? [];
      expect(Number(passed)).toBeGreaterThan(40);
      expect(stdout).not.toContain('failed');
    },
    TIME_LIMIT_MS,
  );
});
