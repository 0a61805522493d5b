/** One fault of the environment. Never contains the value of a secret. */
export interface ConfigurationFault {
  readonly variable: string;
  readonly problem: string;
  readonly remedy: string;
  /** The variable is required and not set; `problem` says why it is required. */
  readonly missing?: true;
}

/** The fault of a required variable that is not set. */
export const missing = (variable: string, why: string, remedy: string): ConfigurationFault => ({
  variable,
  problem: why,
  remedy,
  missing: true,
});

/**
 * The environment cannot be used. Names every fault at once, one a line; one
 * that is not set as `Missing required environment variable: NAME`.
 */
export class ConfigurationError extends Error {
  readonly code = 'WEFT_CONFIGURATION';
  override readonly name = 'ConfigurationError';

  constructor(readonly faults: readonly ConfigurationFault[]) {
    const count = faults.length === 1 ? 'One setting is' : `${faults.length} settings are`;
    super([`${count} wrong:`, ...faults.map((fault) => `  ${describe(fault)}`)].join('\n'));
  }
}

/**
 * Runs work whose settings come in part from options of a command line. Its ConfigurationErrors name these options,
 * because the user did not write the variables.
 *
 * @param options the option that sets each variable, such as `{ WEFT_CONSUME: '--handler' }`.
 */
export async function namingOptions<T>(
  options: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(error.faults.map((fault) => named(fault, options)));
  }
}

function named(
  fault: ConfigurationFault,
  options: Readonly<Record<string, string>>,
): ConfigurationFault {
  const inWords = (text: string): string =>
    text.replace(/\b[A-Z_]+\b/g, (word) => options[word] ?? word);
  return {
    ...fault,
    variable: options[fault.variable] ?? fault.variable,
    problem: inWords(fault.problem),
  };
}

function describe({ variable, problem, remedy, missing: isMissing }: ConfigurationFault): string {
  return isMissing
    ? `Missing required environment variable: ${variable} (${problem}). ${remedy}.`
    : `${variable} ${problem}. ${remedy}.`;
}
