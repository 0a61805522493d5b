import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A program an engine needs that this project cannot install by itself. */
export type Need = 'python' | 'java' | 'java24' | 'maven';

interface Check {
  readonly what: string;
  readonly howToGet: string;
  readonly commands: readonly string[];
  readonly versionArguments: readonly string[];
  readonly version: RegExp;
  readonly atLeast: readonly [number, number];
}

const CHECKS: Readonly<Record<Need, Check>> = {
  python: {
    what: 'Python 3.11 or newer, with venv',
    howToGet: 'install python3.11 and python3.11-venv, or use pyenv',
    commands: ['python3', 'python3.11', 'python3.12', 'python'],
    versionArguments: ['-c', 'import venv, sys; print("Python %d.%d" % sys.version_info[:2])'],
    version: /Python (\d+)\.(\d+)/,
    atLeast: [3, 11],
  },
  java: {
    what: 'a JDK, 17 or newer (javac as well as java)',
    howToGet: 'install openjdk-17-jdk-headless',
    commands: ['javac'],
    versionArguments: ['-version'],
    version: /javac (\d+)(?:\.(\d+))?/,
    atLeast: [17, 0],
  },
  java24: {
    what: 'Java 24 or newer beside it, which Trino runs on',
    howToGet: 'install temurin-25-jdk, or unpack a newer JDK under /usr/lib/jvm',
    commands: ['java', ...globSync('/usr/lib/jvm/*/bin/java')],
    versionArguments: ['-version'],
    version: /version "(\d+)(?:\.(\d+))?/,
    atLeast: [24, 0],
  },
  maven: {
    what: 'Maven 3',
    howToGet: 'install maven',
    commands: ['mvn'],
    versionArguments: ['--version'],
    version: /Apache Maven (\d+)\.(\d+)/,
    atLeast: [3, 0],
  },
};

/** The command that meets a need, or undefined. */
export async function findCommand(need: Need): Promise<string | undefined> {
  const { commands, versionArguments, version, atLeast } = CHECKS[need];
  for (const command of commands) {
    const text = await run(command, versionArguments)
      .then(({ stdout, stderr }) => stdout + stderr)
      .catch(() => '');
    const [, major = 0, minor = 0] = (version.exec(text) ?? []).map(Number);
    if (major > atLeast[0] || (major === atLeast[0] && minor >= atLeast[1])) return command;
  }
  return undefined;
}

/**
 * Every need must be met.
 *
 * @throws Error naming each missing program and how to get it.
 */
export async function checkNeeds(needs: ReadonlySet<Need>): Promise<void> {
  const missing: string[] = [];
  for (const need of needs) {
    const { what, howToGet } = CHECKS[need];
    if ((await findCommand(need)) === undefined) missing.push(`  ${what}: ${howToGet}`);
  }
  if (missing.length > 0) {
    throw new Error(`The engines need what this machine has not:\n${missing.join('\n')}`);
  }
}
