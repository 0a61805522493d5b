import {
  EXIT,
  type CliContext,
  type CliStack,
  type DoctorCheck,
  type DoctorLine,
} from '../../platform/cli/index.js';
import { ConfigurationError, type Settings } from '../../platform/config/index.js';
import { FEATURES } from '../features.js';
import { openStack } from '../open-stack.js';
import { checkClock, checkCredentials } from './access.checks.js';
import { checkBucket, checkDocuments, checkIdempotencyTable } from './data.checks.js';
import { checkDataFolder } from './embedded.checks.js';
import { checkPermissions } from './permissions.check.js';
import { checkTopology } from './topology.checks.js';

type NamedCheck = readonly [name: string, check: DoctorCheck];

/** If one of these fails, no further check of AWS makes sense. */
const ACCESS_CHECKS: readonly NamedCheck[] = [
  ['Credentials', checkCredentials],
  ['Clock', checkClock],
];

const AWS_CHECKS: readonly NamedCheck[] = [
  ['Topics and queues', checkTopology],
  ['Permissions', checkPermissions],
  ['Payload bucket', checkBucket],
  ['Idempotency table', checkIdempotencyTable],
];

/** `weft doctor`: checks everything the service needs; each line passes or names the remedy. */
export async function doctor(context: CliContext): Promise<void> {
  const lines = [nodeLine(), ...(await examine(context))];
  context.print({ json: lines, text: lines.map(inWords).join('\n') });
  if (lines.some(({ ok }) => !ok)) context.exit(EXIT.found);
}

async function examine(context: CliContext): Promise<DoctorLine[]> {
  let settings: Settings;
  try {
    settings = await context.settings();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map(({ variable, problem, remedy, missing }) => ({
      check: 'Settings',
      ok: false,
      detail: missing
        ? `Missing required environment variable: ${variable} (${problem})`
        : `${variable} ${problem}`,
      remedy,
    }));
  }
  const first: DoctorLine[] = [
    ...settingsLines(settings),
    { check: 'Stack', ok: true, detail: `${settings.stack}, because ${settings.stackReason}` },
    { check: 'Region', ok: true, detail: settings.region },
  ];
  return [...first, ...(await examineStack(settings))];
}

function settingsLines({ likelyTypos }: Settings): DoctorLine[] {
  if (likelyTypos.length === 0) {
    return [{ check: 'Settings', ok: true, detail: 'all settings are valid' }];
  }
  return likelyTypos.map(({ variable, meant }) => ({
    check: 'Settings',
    ok: false,
    detail: `${variable} is set, but no setting has this name`,
    remedy: `Rename it to ${meant} if that is what is meant, else remove it`,
  }));
}

/** The embedded stack is checked in memory, because a running service may be using its folder. */
async function examineStack(settings: Settings): Promise<DoctorLine[]> {
  const embedded = settings.stack === 'embedded';
  const { aws, closers, ...stack } = await openStack({ ...settings, dataDir: ':memory:' });
  const documentsDir = stack.embedded?.documentsDir;
  try {
    const look = (checks: readonly NamedCheck[]): Promise<DoctorLine[]> =>
      runAll(checks, { settings, aws, documentsDir });
    const documents = await look([['Documents', checkDocuments]]);
    const own = FEATURES.flatMap(({ name, doctor: check }): NamedCheck[] =>
      check ? [[name, check]] : [],
    );
    if (embedded) {
      return [
        ...(await look([['Data folder', checkDataFolder]])),
        ...documents,
        ...(await look(own)),
      ];
    }
    const access = await look(ACCESS_CHECKS);
    if (access.some(({ ok }) => !ok)) return [...access, ...documents];
    return [...access, ...(await look(AWS_CHECKS)), ...documents, ...(await look(own))];
  } finally {
    await closers.close();
  }
}

async function runAll(checks: readonly NamedCheck[], stack: CliStack): Promise<DoctorLine[]> {
  const lines: DoctorLine[] = [];
  for (const [name, check] of checks) lines.push(...(await linesOf(name, () => check(stack))));
  return lines;
}

async function linesOf(
  check: string,
  look: () => Promise<readonly DoctorLine[]>,
): Promise<readonly DoctorLine[]> {
  try {
    return await look();
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return [
      {
        check,
        ok: false,
        detail,
        remedy: 'Correct the cause that the error names, then run the check again',
      },
    ];
  }
}

function nodeLine(): DoctorLine {
  // src/cli.ts has refused an older one.
  return { check: 'Node', ok: true, detail: process.versions.node };
}

const inWords = ({ check, ok, detail, remedy }: DoctorLine): string =>
  ok ? `ok    ${check}: ${detail}` : `FAIL  ${check}: ${detail}\n      → ${remedy ?? ''}`;
