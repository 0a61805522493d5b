import type { Command } from 'commander';
import type { CliContext } from '../../platform/cli/index.js';

/** `weft schemas`: describes the messages on topics and queues. */
export function registerSchemasCommand(weft: Command, context: CliContext): void {
  weft
    .command('schemas')
    .description(
      'write JSON Schemas of the messages, and an AsyncAPI document of topics and queues',
    )
    .option('--dir <dir>', 'the folder to write to, or to compare with', 'schemas')
    .option(
      '--check',
      'compare instead of writing; name each breaking change; exit code 3 if anything differs',
    )
    .option('--json', 'print JSON')
    .action(async ({ dir, check = false }: { readonly dir: string; readonly check?: boolean }) => {
      const { checkSchemas, writeSchemas } = await import('./schemas.actions.js');
      await (check ? checkSchemas(context, dir) : writeSchemas(context, dir));
    });
}
