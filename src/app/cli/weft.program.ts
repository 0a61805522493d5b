import { Command, Option } from 'commander';
import type { CliContext } from '../../platform/cli/index.js';
import { FEATURES } from '../features.js';
import { registerSchemasCommand } from './schemas.commands.js';
import { registerTopologyCommands } from './topology.commands.js';

const EXIT_CODES = `
Exit codes:
  0  done, nothing found wrong
  1  failed: settings are wrong, or something does not answer
  2  the command line is wrong
  3  something was found: a topology that differs, a check that failed

Settings are those of the service: the environment, then .env (.env.example has all).`;

/** `weft` with the sub-commands of the service and of its features. */
export function weftProgram(context: CliContext): Command {
  const weft = new Command('weft')
    .description('The service, and what is looked at and set up around it')
    .exitOverride()
    .showHelpAfterError('(weft --help lists the commands)')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXIT_CODES);

  weft
    .command('start')
    .description('run the service, HTTP and queues, until SIGTERM or Ctrl-C')
    .addOption(
      new Option(
        '--handler <names...>',
        'consume the queues of these roles alone, as WEFT_CONSUME does',
      ),
    )
    .action(async ({ handler }: { readonly handler?: readonly string[] }) => {
      const { run } = await import('../run.js');
      await run(handler && { handlers: handler });
    });

  registerTopologyCommands(weft, context);
  registerSchemasCommand(weft, context);

  weft
    .command('doctor')
    .description('look at everything the service needs, and say what is wrong and what helps')
    .option('--json', 'print a JSON list of {check, ok, detail, remedy}')
    .action(async () => {
      const { doctor } = await import('../doctor/doctor.js');
      await doctor(context);
    });

  for (const { commands } of FEATURES) commands?.(weft, context);
  return weft;
}
