import type {
  CliContext,
  CliResult,
  CliStack,
  ExitCode,
  StackOptions,
} from '../../../src/platform/cli/index.js';
import { AwsClients } from '../../../src/aws/index.js';
import { loadServiceSettings } from '../../../src/app/service-settings.js';
import { weftProgram } from '../../../src/app/cli/weft.program.js';
import { EmbeddedAws } from '../../../src/platform/embedded/index.js';
import type { Settings } from '../../../src/platform/config/index.js';

/** `weft` without a process: what it prints, what it ends with, and one embedded stack for all of its runs. */
export class TestContext implements CliContext {
  printed: CliResult | undefined;
  code: ExitCode = 0;
  /** What the commands are told by the environment. */
  env: NodeJS.ProcessEnv;

  private constructor(
    readonly embedded: EmbeddedAws,
    env: NodeJS.ProcessEnv,
  ) {
    this.env = { WEFT_DATA_DIR: ':memory:', ...env };
  }

  static async start(env: NodeJS.ProcessEnv = {}): Promise<TestContext> {
    return new TestContext(await EmbeddedAws.start(), env);
  }

  /** Runs one command; `print` and `exit` are kept. */
  async run(...args: string[]): Promise<void> {
    this.printed = undefined;
    this.code = 0;
    const weft = weftProgram(this).configureOutput({ writeErr: () => undefined });
    await weft.parseAsync(args, { from: 'user' });
  }

  async settings({ defaults, overrides, ...options }: StackOptions = {}): Promise<Settings> {
    return loadServiceSettings({ ...defaults, ...this.env, ...overrides }, options);
  }

  async withStack<T>(work: (stack: CliStack) => Promise<T>, options?: StackOptions): Promise<T> {
    const settings = await this.settings(options);
    const aws = new AwsClients(this.embedded.clientOptions());
    try {
      return await work({ settings, aws, documentsDir: undefined });
    } finally {
      aws.destroy();
    }
  }

  print(result: CliResult): void {
    this.printed = result;
  }

  exit(code: ExitCode): void {
    this.code = code;
  }

  stop(): Promise<void> {
    return this.embedded.stop();
  }
}
