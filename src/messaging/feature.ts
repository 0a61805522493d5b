import type { DynamicModule, Type } from '@nestjs/common';
import type { DoctorCheck, RegisterCommands } from '../platform/cli/index.js';
import type { Settings, SettingsSection } from '../platform/config/index.js';
import type {
  CloudFormationTemplate,
  IamStatement,
  TerraformJson,
} from '../transport/topology/export/index.js';
import type { Topology } from '../transport/index.js';

/** Resources of templates, each under its own name. */
export interface ExportedResources {
  readonly cloudFormation: CloudFormationTemplate['Resources'];
  readonly terraform: TerraformJson['resource'];
}

/**
 * The declaration of a feature. It is listed once, in `src/app/features.ts`; everything else is in its own folder.
 * CONTRIBUTING.md has the recipe.
 *
 * @example
 * export const billingFeature: Feature = {
 *   name: 'billing',
 *   module: () => BillingModule,
 *   topology: ({ messaging }) => billingTopology(messaging.topicPrefix),
 *   roles: { billing: ({ messaging }) => [`${messaging.topicPrefix}billing-queue`] },
 *   settings: billingSettings,
 * };
 */
export interface Feature {
  /** The name of its folder. */
  readonly name: string;
  readonly module: (settings: Settings) => Type | DynamicModule;
  /** Its topics, queues and routes. Default: none. */
  readonly topology?: (settings: Settings) => Topology;
  /**
   * The roles of `WEFT_CONSUME`, each with the names of its queues in the topology. A role without queues under these
   * settings is ignored in `all`, and refused if `WEFT_CONSUME` names it. Default: none.
   */
  readonly roles?: Readonly<Record<string, (settings: Settings) => readonly string[]>>;
  /**
   * What its settings turn on or off, such as a notification: logged at start and shown by
   * `/health/ready`, which is open to all. Default: nothing.
   */
  readonly switches?: (settings: Settings) => Readonly<Record<string, 'on' | 'off'>>;
  /** Its environment variables. Default: none of its own. */
  readonly settings?: SettingsSection;
  /** The rights of IAM its handlers need besides those on topics and queues. Default: none. */
  readonly permissions?: (settings: Settings) => readonly IamStatement[];
  /** The rights of a start with `WEFT_PROVISION=create` besides those on topics, queues and the idempotency table. Default: none. */
  readonly provisioning?: (settings: Settings) => readonly IamStatement[];
  /** Its resources in templates besides topics, queues and their alarms, such as buckets. Default: none. */
  readonly resources?: (settings: Settings) => ExportedResources;
  /** Adds its sub-commands to `weft`. Default: none. */
  readonly commands?: RegisterCommands;
  /** What `weft doctor` looks at for it, besides topology, permissions and documents. Default: nothing. */
  readonly doctor?: DoctorCheck;
}
