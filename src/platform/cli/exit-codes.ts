/** What every sub-command of `weft` ends with; docs/cli.md has the table. */
export const EXIT = {
  /** It did what it was asked, and found nothing wrong. */
  done: 0,
  /** It failed: settings are wrong, or something it needs does not answer. Standard error says what. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** It did its work and found something: a topology that differs, a check that failed. */
  found: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
