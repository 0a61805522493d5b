/** One thing wrong with the environment. Never holds the value of a secret. */
export interface ConfigurationFault {
  readonly variable: string;
  readonly problem: string;
  readonly remedy: string;
}

/** The environment cannot be used. Names every fault at once. */
export class ConfigurationError extends Error {
  readonly code = 'WEFT_CONFIGURATION';
  override readonly name = 'ConfigurationError';

  constructor(readonly faults: readonly ConfigurationFault[]) {
    const count = faults.length === 1 ? 'One setting is' : `${faults.length} settings are`;
    const lines = faults.map(
      ({ variable, problem, remedy }) => `  ${variable} ${problem}. ${remedy}.`,
    );
    super([`${count} wrong:`, ...lines].join('\n'));
  }
}
