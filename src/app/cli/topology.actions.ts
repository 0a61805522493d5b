import { EXIT, type CliContext, type StackOptions } from '../../platform/cli/index.js';
import { namingOptions, type Settings } from '../../platform/config/index.js';
import {
  cloudFormation,
  terraformJson,
  type CloudFormationTemplate,
  type TerraformJson,
} from '../../transport/topology/export/index.js';
import { TopologyError } from '../../transport/index.js';
import { planTopology } from '../../transport/topology/index.js';
import { appTopology } from '../app.topology.js';
import { FEATURES } from '../features.js';
import { iamDocument } from '../iam-document.js';

export const EXPORT_FORMATS = ['cloudformation', 'terraform', 'iam'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportPlace {
  readonly account?: string;
  readonly region?: string;
  readonly role?: readonly string[];
}

/** Shows what `apply` would create or change, and problems that no change can solve. */
export async function plan(context: CliContext, options: StackOptions): Promise<void> {
  await context.withStack(async ({ settings, aws }) => {
    const found = await planTopology(appTopology(settings), aws);
    context.print({ json: found, text: String(found) });
    if (found.differences.length > 0) context.exit(EXIT.found);
  }, options);
}

/** Compares AWS with the declared topology, as a start with `WEFT_PROVISION=verify` does. */
export async function verify(context: CliContext, options: StackOptions): Promise<void> {
  await context.withStack(async ({ settings, aws }) => {
    const { differences } = await planTopology(appTopology(settings), aws);
    const lines = differences.map((difference) => `  ${difference}`).join('\n');
    context.print({
      json: { differences },
      text:
        lines === ''
          ? 'Topics, queues and subscriptions match the declared topology.'
          : `AWS differs from the declared topology:\n${lines}\nTo see the changes: weft topology plan`,
    });
    if (differences.length > 0) context.exit(EXIT.found);
  }, options);
}

/**
 * Makes the changes that `plan` shows, if `yes` is true.
 *
 * @throws {TopologyError} when the plan has problems, which no change can solve; then nothing is changed
 */
export async function apply(
  context: CliContext,
  yes: boolean,
  options: StackOptions,
): Promise<void> {
  await context.withStack(async ({ settings, aws }) => {
    const found = await planTopology(appTopology(settings), aws);
    if (yes) await found.apply();
    const applied = yes && found.changes.length > 0;
    const waits = !yes && found.changes.length > 0;
    const text = waits
      ? `${String(found)}\nNothing was changed. To make the changes, add --yes.`
      : String(found);
    context.print({ json: { applied, ...found.toJSON() }, text });
    if (waits || found.problems.length > 0) context.exit(EXIT.found);
  }, options);
}

/** Prints the topology in the format of another tool. */
export async function exportTopology(
  context: CliContext,
  format: ExportFormat,
  place: ExportPlace,
  options: StackOptions,
): Promise<void> {
  const { account, region, role } = place;
  if (format !== 'iam' && (account ?? region ?? role) !== undefined) {
    throw new TopologyError(
      `A template for ${format} names no account, region or role. Leave out --account, --region and --role, or export iam`,
    );
  }
  const json = await namingOptions(
    {
      ...(region !== undefined && { AWS_REGION: '--region' }),
      ...(role && { WEFT_CONSUME: '--role' }),
    },
    () => exported(context, format, place, options),
  );
  context.print({ json, text: JSON.stringify(json, null, 2) });
}

async function exported(
  context: CliContext,
  format: ExportFormat,
  { account, region, role }: ExportPlace,
  options: StackOptions,
): Promise<object> {
  const settings = await context.settings({
    ...options,
    // A template names no region: its resources are created where it is applied.
    ...(format !== 'iam' && { requires: [] }),
    overrides: {
      ...(region !== undefined && { AWS_REGION: region }),
      ...(role && { WEFT_CONSUME: role.join(',') }),
    },
  });
  const topology = appTopology(settings);
  if (format === 'cloudformation') {
    return withResources(cloudFormation(topology, { alarms: {} }), settings);
  }
  return format === 'terraform'
    ? withBlocks(terraformJson(topology, { alarms: {} }), settings)
    : iamDocument(settings, accountOf(account));
}

/** Adds the features' resources besides topics and queues to a template. */
function withResources(
  template: CloudFormationTemplate,
  settings: Settings,
): CloudFormationTemplate {
  const own = FEATURES.map(({ resources }) => resources?.(settings).cloudFormation ?? {});
  return { ...template, Resources: Object.assign({}, template.Resources, ...own) };
}

/** The same for Terraform, where features add to existing blocks. */
function withBlocks({ resource }: TerraformJson, settings: Settings): TerraformJson {
  const all = [
    resource,
    ...FEATURES.flatMap(({ resources }) => resources?.(settings).terraform ?? []),
  ];
  const types = new Set(all.flatMap((blocks) => Object.keys(blocks)));
  return {
    resource: Object.fromEntries(
      [...types].map((type) => [type, Object.assign({}, ...all.map((blocks) => blocks[type]))]),
    ),
  };
}

/** @throws {TopologyError} without an account, as ARNs name it */
function accountOf(account: string | undefined): string {
  if (account !== undefined) return account;
  throw new TopologyError(
    'The policies name topics and queues by ARN, which contains the account. Add it, such as --account 111122223333.',
  );
}
