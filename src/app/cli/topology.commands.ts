import { Argument, Option, type Command } from 'commander';
import type { CliContext, StackOptions } from '../../platform/cli/index.js';
import { EXPORT_FORMATS, type ExportFormat, type ExportPlace } from './topology.actions.js';

/** These commands open no documents, handle no messages and serve no HTTP, so those settings are not required. */
const OF_AWS: StackOptions = { requires: ['AWS_REGION'] };

/** Templates and policies are for AWS. */
const EXPORTED: StackOptions = { ...OF_AWS, defaults: { WEFT_STACK: 'aws' } };

const JSON_OPTION = ['--json', 'print JSON'] as const;

/** `weft topology …`: the service's own topics, queues, subscriptions and policies. */
export function registerTopologyCommands(weft: Command, context: CliContext): void {
  const topology = weft
    .command('topology')
    .description("the service's topics, queues, subscriptions and policies");

  topology
    .command('plan')
    .description(
      'show what apply would create or change, and change nothing; exit code 3 if there is any',
    )
    .option(...JSON_OPTION)
    .action(async () => {
      const { plan } = await import('./topology.actions.js');
      await plan(context, OF_AWS);
    });

  topology
    .command('apply')
    .description('make the changes that plan shows; without --yes only show them')
    .option('--yes', 'make the changes')
    .option(...JSON_OPTION)
    .action(async ({ yes = false }: { readonly yes?: boolean }) => {
      const { apply } = await import('./topology.actions.js');
      await apply(context, yes, OF_AWS);
    });

  topology
    .command('verify')
    .description(
      'compare AWS with the declared topology, as a start does; exit code 3 if they differ',
    )
    .option(...JSON_OPTION)
    .action(async () => {
      const { verify } = await import('./topology.actions.js');
      await verify(context, OF_AWS);
    });

  topology
    .command('export')
    .description('print a template or policies for infrastructure code; makes no calls to AWS')
    .addArgument(new Argument('<format>').choices(EXPORT_FORMATS))
    .option('--account <id>', 'iam: the AWS account, 12 digits; required')
    .option('--region <region>', 'iam: the region; default: AWS_REGION')
    .addOption(
      new Option(
        '--role <names...>',
        'iam: the rights of a process that consumes only these roles',
      ),
    )
    .action(async (format: ExportFormat, place: ExportPlace) => {
      const { exportTopology } = await import('./topology.actions.js');
      await exportTopology(context, format, place, EXPORTED);
    });
}
