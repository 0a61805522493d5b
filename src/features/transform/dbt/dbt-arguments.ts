import type { DbtAction } from '../transform.constants.js';
import type { TransformPayload } from '../transform.dto.js';
import type { TransformOptions } from '../transform.settings.js';

/** What `dbt ls` lists of an action. */
const RESOURCES: Readonly<Record<DbtAction, readonly string[]>> = {
  run: ['model'],
  test: ['test', 'unit_test'],
  seed: ['seed'],
  build: ['model', 'seed', 'snapshot', 'test', 'unit_test'],
  compile: ['model', 'test', 'snapshot', 'analysis'],
};

const TAKES_FULL_REFRESH: ReadonlySet<DbtAction> = new Set(['run', 'seed', 'build', 'compile']);

/**
 * The arguments of one run. Every value is part of its option (`--select=…`), so that none can become an option.
 *
 * @param folder of this run alone: two runs that share a target folder read each other's results.
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
