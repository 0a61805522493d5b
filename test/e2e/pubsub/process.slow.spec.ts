import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { TestStack } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

describe('a process of typed publish/subscribe', () => {
  it('needs nothing of its environment, and ends by a signal, given twice, when its handlers have', async () => {
    const http = await TestStack.start({ embedded: true });
    try {
      const config = JSON.stringify(http.clientOptions());
      const root = fileURLToPath(new URL('../../..', import.meta.url));
      const child = spawn(
        process.execPath,
        [
          '--import',
          './test/support/ts-hooks.js',
          'test/e2e/pubsub/empty-environment.child.ts',
          config,
        ],
        { cwd: root, env: {}, stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await waitFor('the event in the output', () => output, {
        until: (text) => text.includes('heard o-1'),
      });
      // Npm passes on what the terminal has sent already.
      child.kill('SIGTERM');
      child.kill('SIGTERM');
      await once(child, 'close');
      expect({ exitCode: child.exitCode, signal: child.signalCode }).toEqual({
        exitCode: 0,
        signal: null,
      });
    } finally {
      await http.stop();
    }
  });
});
