import { Logger } from '@nestjs/common';
import { destination } from 'pino';
import {
  printable,
  type CliContext,
  type CliResult,
  type CliStack,
  type ExitCode,
  type StackOptions,
} from '../../platform/cli/index.js';
import type { Settings } from '../../platform/config/index.js';
import { PinoLogger } from '../../platform/telemetry/pino-logger.js';
import { openStack } from '../open-stack.js';
import { readServiceSettings } from '../service-settings.js';

const STANDARD_ERROR = 2;

/** The context of a command in this process: standard output only gets the result, the log goes to standard error. */
export class ProcessContext implements CliContext {
  constructor(private readonly json: boolean) {}

  async settings(options: StackOptions = {}): Promise<Settings> {
    const settings = await readServiceSettings(options);
    const log = {
      ...settings.log,
      level: settings.log.level === 'info' ? 'warn' : settings.log.level,
    } as const;
    Logger.overrideLogger(
      new PinoLogger({
        log,
        secrets: settings.secrets,
        destination: destination({ dest: STANDARD_ERROR, sync: true }),
      }),
    );
    return settings;
  }

  async withStack<T>(
    work: (stack: CliStack) => Promise<T>,
    options: StackOptions = {},
  ): Promise<T> {
    const settings = await this.settings(options);
    const { aws, embedded, closers } = await openStack(settings);
    try {
      return await work({ settings, aws, documentsDir: embedded?.documentsDir });
    } finally {
      await closers.close();
    }
  }

  print({ json, text }: CliResult): void {
    process.stdout.write(`${printable(this.json ? JSON.stringify(json, null, 2) : text)}\n`);
  }

  exit(code: ExitCode): void {
    process.exitCode = code;
  }
}
