import { Command, Option } from 'commander';
import type { CliContext } from '../../platform/cli/index.js';
import { FEATURES } from '../features.js';
import { registerSchemasCommand } from './schemas.commands.js';
import { registerTopologyCommands } from './topology.commands.js';

const EXIT_CODES = `
Exit codes:
  0  succeeded, and found nothing wrong
  1  failed: settings are wrong, or a service does not answer
  2  the command line is wrong
  3  succeeded, and found something: a topology that differs, a check that failed

Settings come from the environment, then from .env; .env.example lists all of them.`;

/** `weft` with the sub-commands of the service and of its features. */
export function weftProgram(context: CliContext): Command {
  const weft = new Command('weft')
    .description('Runs the Weft service, checks it, and sets up its topics and queues')
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
        'consume only the queues of these roles, such as storage; overrides WEFT_CONSUME',
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
    .description(
      'check everything the service needs, and name the remedy of each fault; changes nothing',
    )
    .option('--json', 'print a JSON list of {check, ok, detail, remedy}')
    .action(async () => {
      const { doctor } = await import('../doctor/doctor.js');
      await doctor(context);
    });

  for (const { commands } of FEATURES) commands?.(weft, context);
  return weft;
}
