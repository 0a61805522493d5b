import { WeftError } from '../../transport/errors/index.js';

/** Another live process uses the same data folder; two would destroy it. */
export class EmbeddedDataDirInUseError extends WeftError {
  readonly code = 'WEFT_EMBEDDED_DATA_DIR_IN_USE';

  constructor(
    readonly dataDir: string,
    /** The process that holds the folder, if known. */
    readonly pid: number | undefined,
  ) {
    const holder = pid === undefined ? 'another process' : `process ${pid}`;
    super(
      `The data folder ${dataDir} is in use by ${holder}. ` +
        'Stop that process, or give this one a folder of its own (WEFT_DATA_DIR).',
      { details: { dataDir, pid } },
    );
  }
}

/** The data folder cannot be made or written to. */
export class EmbeddedDataDirError extends WeftError {
  readonly code = 'WEFT_EMBEDDED_DATA_DIR';

  constructor(dataDir: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `The data folder ${dataDir} cannot be used: ${reason}. ` +
        'Name a folder this process may write to, or ":memory:" (WEFT_DATA_DIR).',
      { details: { dataDir }, cause },
    );
  }
}

/** An emulator of the embedded stack is not installed: the library has them as optional peers. */
export class EmulatorMissingError extends WeftError {
  readonly code = 'WEFT_EMULATOR_MISSING';

  constructor(name: string, cause: unknown) {
    super(
      `The embedded stack needs the package ${name}, which cannot be loaded. ` +
        'Install both of its emulators (npm install --save-dev fauxqs dynalite), or use the broker in memory: startTestBroker().',
      { details: { package: name }, cause },
    );
  }
}
