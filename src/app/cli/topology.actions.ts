import {
  EXIT,
  type CliContext,
  type CliStack,
  type StackOptions,
} from '../../platform/cli/index.js';
import { bindTopology } from '../../transport/topology/index.js';
import { cloudFormation, terraformJson, TopologyError } from '../../transport/index.js';
import { appTopology } from '../app.topology.js';
import { iamDocument } from '../iam-document.js';

export const EXPORT_FORMATS = ['cloudformation', 'terraform', 'iam'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportPlace {
  readonly account?: string;
  readonly region?: string;
  readonly role?: readonly string[];
}

const AS_DECLARED = 'Topics, queues and subscriptions are as declared.';
const list = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join('\n');

/** Says what `apply` would create or change. */
export async function plan(context: CliContext, options: StackOptions): Promise<void> {
  const changes = await context.withStack(differencesOf, options);
  context.print({
    json: { changes },
    text: changes.length === 0 ? AS_DECLARED : `apply would change:\n${list(changes)}`,
  });
  if (changes.length > 0) context.exit(EXIT.found);
}

/** Compares AWS with what is declared, as a start with `WEFT_PROVISION=verify` does. */
export async function verify(context: CliContext, options: StackOptions): Promise<void> {
  const differences = await context.withStack(differencesOf, options);
  context.print({
    json: { differences },
    text:
      differences.length === 0
        ? AS_DECLARED
        : `AWS differs from what is declared:\n${list(differences)}\nSee what would change by: weft topology plan`,
  });
  if (differences.length > 0) context.exit(EXIT.found);
}

/** Creates and changes what `plan` names, if `yes` says so. */
export async function apply(
  context: CliContext,
  yes: boolean,
  options: StackOptions,
): Promise<void> {
  const changes = await context.withStack(async (stack) => {
    const found = await differencesOf(stack);
    if (yes && found.length > 0) {
      await bindTopology(appTopology(stack.settings), stack.aws, 'create');
    }
    return found;
  }, options);
  const applied = yes && changes.length > 0;
  const heading = applied ? 'Changed:' : 'Nothing was changed. With --yes this would be:';
  context.print({
    json: { applied, changes },
    text: changes.length === 0 ? AS_DECLARED : `${heading}\n${list(changes)}`,
  });
  if (changes.length > 0 && !yes) context.exit(EXIT.found);
}

/** Prints the topology in the words of other tools. */
export async function exportTopology(
  context: CliContext,
  format: ExportFormat,
  { account, region, role }: ExportPlace,
  options: StackOptions,
): Promise<void> {
  const settings = await context.settings({
    ...options,
    // A template names no region: what it makes is made where it is applied.
    ...(format !== 'iam' && { requires: [] }),
    overrides: {
      ...(region !== undefined && { AWS_REGION: region }),
      ...(role && { WEFT_CONSUME: role.join(',') }),
    },
  });
  const topology = appTopology(settings);
  const json =
    format === 'cloudformation'
      ? cloudFormation(topology, { alarms: {} })
      : format === 'terraform'
        ? terraformJson(topology, { alarms: {} })
        : iamDocument(settings, accountOf(account));
  context.print({ json, text: JSON.stringify(json, null, 2) });
}

/** @throws {TopologyError} without an account, as ARNs name it */
function accountOf(account: string | undefined): string {
  if (account !== undefined) return account;
  throw new TopologyError(
    'The policies name topics and queues by ARN, which has the account in it. Give it as --account 111122223333.',
  );
}

async function differencesOf({ settings, aws }: CliStack): Promise<readonly string[]> {
  try {
    await bindTopology(appTopology(settings), aws, 'verify');
    return [];
  } catch (error) {
    const differences = error instanceof TopologyError ? error.details['differences'] : undefined;
    if (!Array.isArray(differences)) throw error;
    return differences.map(String);
  }
}
