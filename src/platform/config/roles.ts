import type { ConfigurationFault } from './configuration.error.js';
import type { Settings } from './settings.js';

/** Whether this process consumes the queues of a role. */
export function consumes({ messaging: { consume } }: Settings, role: string): boolean {
  return consume === 'all' || namesRole({ messaging: { consume } }, role);
}

/** Whether `WEFT_CONSUME` names the role itself; `all` does not. */
export function namesRole(
  { messaging: { consume } }: { messaging: Pick<Settings['messaging'], 'consume'> },
  role: string,
): boolean {
  return typeof consume !== 'string' && consume.includes(role);
}

/**
 * For `required` of `@Setting`: required if `WEFT_CONSUME` names the role itself. `all` leaves out roles that are not
 * set up.
 */
export const whereNamed =
  (role: string) =>
  (settings: Settings): string | undefined =>
    namesRole(settings, role) ? `WEFT_CONSUME names ${role}` : undefined;

/** Faults for roles of `WEFT_CONSUME` that no feature has. */
export function roleFaults(
  { messaging: { consume } }: Settings,
  roles: readonly string[] | undefined,
): ConfigurationFault[] {
  if (typeof consume === 'string' || roles === undefined) return [];
  const unknown = consume.filter((role) => !roles.includes(role));
  if (unknown.length === 0) return [];
  return [
    {
      variable: 'WEFT_CONSUME',
      problem: `names roles that do not exist: ${unknown.join(', ')}`,
      remedy: `Choose among ${roles.join(', ')}, or set it to all or none`,
    },
  ];
}
