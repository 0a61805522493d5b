/** The exit codes of every sub-command of `weft`; docs/cli.md has the table. */
export const EXIT = {
  /** The command succeeded and found nothing wrong. */
  done: 0,
  /** The command failed: settings are wrong, or a service it needs does not answer. Standard error says which. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The command succeeded and found something: a topology that differs, a check that failed. */
  found: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
