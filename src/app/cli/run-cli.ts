import 'reflect-metadata';
import { CommanderError } from 'commander';
import { EXIT } from '../../platform/cli/index.js';
import { explain } from '../explain.js';
import { ProcessContext } from './process.context.js';
import { weftProgram } from './weft.program.js';

/** Runs `weft` with these arguments and sets the exit code of the process. */
export async function runCli(args: readonly string[]): Promise<void> {
  const context = new ProcessContext(args.includes('--json'));
  try {
    await weftProgram(context).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end with an error whose code is 0; their text is already written.
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
      return;
    }
    process.stderr.write(`${explain(error)}\n`);
    process.exitCode = EXIT.failed;
  }
}
