import { Argument, Option, type Command } from 'commander';
import type { CliContext, StackOptions } from '../../platform/cli/index.js';
import { EXPORT_FORMATS, type ExportFormat, type ExportPlace } from './topology.actions.js';

/** These commands open no documents, handle no messages and serve no HTTP, so nothing of that is asked for. */
const OF_AWS: StackOptions = { requires: ['AWS_REGION'] };

/** What stands in a template or policy belongs on AWS. */
const EXPORTED: StackOptions = { ...OF_AWS, defaults: { WEFT_STACK: 'aws' } };

const JSON_OPTION = ['--json', 'print JSON'] as const;

/** `weft topology …`: the service's own topics, queues, subscriptions and policies. */
export function registerTopologyCommands(weft: Command, context: CliContext): void {
  const topology = weft
    .command('topology')
    .description("the service's topics, queues, subscriptions and policies");

  topology
    .command('plan')
    .description('say what apply would create or change; changes nothing; exit code 3 if anything')
    .option(...JSON_OPTION)
    .action(async () => {
      const { plan } = await import('./topology.actions.js');
      await plan(context, OF_AWS);
    });

  topology
    .command('apply')
    .description('create and change what plan names; without --yes it only says so')
    .option('--yes', 'do it')
    .option(...JSON_OPTION)
    .action(async ({ yes = false }: { readonly yes?: boolean }) => {
      const { apply } = await import('./topology.actions.js');
      await apply(context, yes, OF_AWS);
    });

  topology
    .command('verify')
    .description('compare AWS with what is declared, as a start does; exit code 3 if it differs')
    .option(...JSON_OPTION)
    .action(async () => {
      const { verify } = await import('./topology.actions.js');
      await verify(context, OF_AWS);
    });

  topology
    .command('export')
    .description('print a template or policies for infrastructure code; asks AWS nothing')
    .addArgument(new Argument('<format>').choices(EXPORT_FORMATS))
    .option('--account <id>', 'the AWS account, 12 digits; iam requires it')
    .option('--region <region>', 'the region; default: AWS_REGION')
    .addOption(
      new Option('--role <names...>', 'iam: for a process that consumes these roles alone'),
    )
    .action(async (format: ExportFormat, place: ExportPlace) => {
      const { exportTopology } = await import('./topology.actions.js');
      await exportTopology(context, format, place, EXPORTED);
    });
}
