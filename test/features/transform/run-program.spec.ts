import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { dbtFailure } from '../../../src/features/transform/dbt/dbt-failure.js';
import { DbtRunner } from '../../../src/features/transform/dbt/dbt-runner.js';
import { runProgram } from '../../../src/features/transform/dbt/run-program.js';
import { waitFor } from '../../support/wait.js';
import { FAKE_DBT, FakeProject } from './transform.fixture.js';

const project = new FakeProject();
afterAll(() => project.remove());

const IDENTITY = { logicVersion: 'v', executionId: 'e' };
const runner = (timeoutMs = 60_000) =>
  new DbtRunner({
    projectDir: project.folder,
    command: FAKE_DBT,
    timeoutMs,
    runsDir: `${project.folder}/runs`,
  });
const run = (signal: AbortSignal, timeoutMs?: number) =>
  runner(timeoutMs).run('run', {}, IDENTITY, signal, () => undefined);

const stateOf = (pid: number): 'running' | 'ended' => {
  try {
    process.kill(pid, 0);
    return 'running';
  } catch {
    return 'ended';
  }
};

describe('A run of dbt', () => {
  it('is stopped when its message is no longer to be handled', async () => {
    project.says({ forever: true });
    const controller = new AbortController();
    const running = run(controller.signal).catch((error: unknown) => error);
    const call = await waitFor('dbt to be started', () => project.calls[0]);
    controller.abort(new Error('the lease is lost'));
    expect(await running).toMatchObject({ message: 'the lease is lost' });
    expect(stateOf(call.pid)).toBe('ended');
  });

  it('is stopped when its time is over, and says so', async () => {
    project.says({ forever: true });
    await expect(run(new AbortController().signal, 1000)).rejects.toMatchObject({
      message: 'dbt command ran longer than 1 seconds (DBT_TIMEOUT_SECONDS), and was stopped',
      retryable: false,
    });
    // On a busy machine its time may be over before dbt has said that it was called.
    for (const { pid } of project.calls) expect(stateOf(pid)).toBe('ended');
  });

  it('that succeeds as its time ends has succeeded', async () => {
    const go = join(project.folder, 'go');
    project.says({ ignoresTerm: true, waitsForFile: go });
    const ignored = join(project.folder, 'ignored');
    // A busy machine needs more time to start it: before that, the signal ends it.
    for (let timeoutMs = 1000; !existsSync(ignored); timeoutMs *= 2) {
      let over = false;
      const running = run(new AbortController().signal, timeoutMs).finally(() => (over = true));
      const outcome = running.then(
        ({ end }) => end,
        () => undefined,
      );
      await waitFor(
        'dbt to ignore the signal to end, or to end',
        () => over || existsSync(ignored),
      );
      if (over) continue;
      writeFileSync(go, '');
      expect(await outcome).toMatchObject({ code: 0 });
    }
  });

  it('is killed when it does not heed the signal to end', async () => {
    project.says({ forever: true, ignoresTerm: true });
    const controller = new AbortController();
    const program = {
      command: FAKE_DBT,
      args: [`--target-path=${project.folder}/target`],
      cwd: project.folder,
      env: { PATH: process.env['PATH'] ?? '' },
    };
    const running = runProgram(program, controller.signal, 200);
    const call = await waitFor('dbt to be started', () => project.calls[0]);
    controller.abort();
    expect(await running).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(stateOf(call.pid)).toBe('ended');
  });

  it('whose database is locked may succeed later', async () => {
    project.says({ stdout: ['IO Error: Could not set lock on file "x"'], code: 2 });
    const { end } = await run(new AbortController().signal);
    expect(dbtFailure(end, [])).toMatchObject({ retryable: true });
  });

  it('is of no known version where the project has no commit', async () => {
    expect(await runner().commit()).toBe('unknown');
  });
});
