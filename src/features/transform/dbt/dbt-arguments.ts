import type { DbtAction } from '../transform.constants.js';
import type { TransformPayload } from '../transform.dto.js';
import type { TransformOptions } from '../transform.settings.js';

/** The resource types of an action, for `dbt ls`. */
const RESOURCES: Readonly<Record<DbtAction, readonly string[]>> = {
  run: ['model'],
  test: ['test', 'unit_test'],
  seed: ['seed'],
  build: ['model', 'seed', 'snapshot', 'test', 'unit_test'],
  compile: ['model', 'test', 'snapshot', 'analysis'],
};

const TAKES_FULL_REFRESH: ReadonlySet<DbtAction> = new Set(['run', 'seed', 'build', 'compile']);

/**
 * The arguments of one run. Every value is attached to its option (`--select=…`), so that it cannot become an option
 * itself.
 *
 * @param folder used by this run only: runs that share a target folder would read each other's results.
 */
export function dbtArguments(
  action: DbtAction,
  payload: TransformPayload,
  options: TransformOptions,
  folder: string,
): string[] {
  const { projectDir, profilesDir, target } = options;
  const dryRun = payload.dry_run === true;
  return [
    dryRun ? 'ls' : action,
    '--no-use-colors',
    '--log-format=json',
    '--no-send-anonymous-usage-stats',
    `--project-dir=${projectDir}`,
    ...(profilesDir === undefined ? [] : [`--profiles-dir=${profilesDir}`]),
    ...(target === undefined ? [] : [`--target=${target}`]),
    `--target-path=${folder}/target`,
    `--log-path=${folder}/logs`,
    ...listOf(payload.select).map((one) => `--select=${one}`),
    ...listOf(payload.exclude).map((one) => `--exclude=${one}`),
    ...(dryRun ? RESOURCES[action].map((type) => `--resource-type=${type}`) : []),
    ...(payload.full_refresh && !dryRun && TAKES_FULL_REFRESH.has(action)
      ? ['--full-refresh']
      : []),
  ];
}

const listOf = (value: string | readonly string[] | null | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : (value ?? []);
