import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

/** Where and with what the numbers came about. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly commit: string;
  readonly date: string;
  readonly text: string;
}

export function machineOf(): Machine {
  const cores = cpus();
  const cpu = cores[0]?.model ?? 'unknown';
  const commit = commitOf();
  const date = new Date().toISOString().slice(0, 10);
  const text = `Node ${process.version}, ${cores.length} × ${cpu}, commit ${commit}, ${date}; medians (lowest–highest)`;
  return { cpu, cores: cores.length, node: process.version, commit, date, text };
}

const git = (...args: string[]): string =>
  execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();

function commitOf(): string {
  try {
    const changed = git('status', '--porcelain', '--', 'src', 'bench') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}
