import { bootstrap, type RunningService } from '../app/bootstrap.js';
import { readServiceSettings } from '../app/service-settings.js';
import { querySettings } from '../features/query/index.js';
import { findDbt, type DbtDemo } from './dbt-demo.js';
import { DemoApi } from './demo.api.js';
import type { DemoOptions } from './demo.options.js';
import { DemoReport, seconds, size } from './demo.report.js';
import { readInputFolder, type InputFile, type InputFolder } from './input-files.js';
import { ShowBundles } from './show-bundles.js';
import { ShowQueries } from './show-queries.js';
import { ShowTypedEvents } from './show-typed-events.js';
import { ShowSessions } from './show-sessions.js';
import { CONTAINER, StoreFiles } from './store-files.js';
import { ShowTasks } from './tasks/show-tasks.js';

const FILES_TO_CHECK = 3;

/**
 * The main job from end to end. Every step throws if reading back does not confirm it.
 */
export async function demo(
  { input, keep }: DemoOptions,
  print: (text: string) => void,
): Promise<void> {
  const plain = await readServiceSettings({ defaults: demoDefaults(keep) });
  const dbt = await findDbt(plain.dataDir);
  const settings = await readServiceSettings({ defaults: demoDefaults(keep, dbt) });
  const begunMs = performance.now();
  // Read while the service starts; a failure is reported after the start.
  const reading = readInputFolder(input);
  reading.catch(() => undefined);
  const service = await bootstrap(settings);
  try {
    await new Demo(service, begunMs, print, dbt).run(await reading);
  } catch (error) {
    await service.close();
    throw error;
  }
  if (!keep) {
    print(NEXT);
    return service.close();
  }
  print(`\nThe service goes on running; end it with Ctrl-C.\n${addresses(service)}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void service.close().then(() => process.exit(0)));
  }
}

class Demo {
  readonly #api: DemoApi;
  readonly #report: DemoReport;

  constructor(
    private readonly service: RunningService,
    private readonly begunMs: number,
    private readonly print: (text: string) => void,
    private readonly dbt: DbtDemo | undefined,
  ) {
    this.#api = new DemoApi(service);
    this.#report = new DemoReport(showProgress);
  }

  async run(folder: Awaited<ReturnType<typeof readInputFolder>>): Promise<void> {
    const { files, skipped } = folder;
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    this.print(`Weft demo: ${files.length} files, ${size(total)}, from ${folder.folder}`);
    this.print(`${stackLine(this.service.settings)}\n`);
    this.print(
      'Each file is one step of a job and one put_object Command: SNS → SQS → handler → S3;',
    );
    this.print('its Result goes by SNS and SQS to the registry, which completes the step.\n');
    for (const { path, bytes } of skipped)
      this.print(`Left out, too large for one Command: ${path} (${size(bytes)})`);

    const work = await StoreFiles.plan(this.#api, folder);
    this.#started();
    await this.#store(work, files.length);
    await this.#queries(files);
    await this.#bundles(folder);
    await this.#tasks(files);
    await this.#sessions();
    await this.#typedEvents(files);
    showProgress('');
    this.print(`\n${this.#report.toString()}\n\nEverything was confirmed by reading it back.`);
  }

  async #store(work: StoreFiles, count: number): Promise<void> {
    const report = this.#report;
    let resumed = false;
    await report.step('job created', async () => {
      resumed = await work.createJob();
      return { count: 1, confirmed: work.jobId };
    });
    if (resumed) this.print(`A run before this one did not end: ${work.jobId} is taken up again`);
    await report.step('steps added by Commands', async () => ({
      count: await work.addSteps(),
      confirmed: 'a Result for each',
    }));
    await report.step('Commands published to SNS', async () => ({
      count: await work.publish(),
      confirmed: 'SNS took each',
    }));
    await report.step('Results followed into the registry', async () => ({
      count: await work.followResults((ended) => showProgress(`${ended} of ${count} steps ended`)),
      confirmed: 'every step success, each once',
    }));
    await report.step('objects read back', async () => ({
      confirmed: `${size(await work.readBack())}, every byte equal`,
      count,
    }));
    await report.step('lineage through two steps', async () => ({
      count: 1,
      confirmed: await work.lineage(),
    }));
    await work.end();
  }

  async #queries(files: readonly InputFile[]): Promise<void> {
    const { settings } = this.service;
    if (querySettings.of(settings).engine !== 'duckdb' || settings.messaging.consume !== 'all')
      return;
    const report = this.#report;
    const queries = new ShowQueries(this.#api, files, this.dbt);
    await report.step('list of the files loaded, two models built', async () => ({
      count: 2,
      confirmed: await queries.build(),
    }));
    await report.step('query asked', async () => ({ count: 1, confirmed: await queries.ask() }));
    await report.step('lineage from the answer to the file', async () => {
      const lines = await queries.lineage();
      showProgress('');
      this.print('Where the answer of the query came from:');
      for (const line of lines) this.print(`  ${line}`);
      return { count: lines.length, confirmed: 'it ends at the stored list' };
    });
  }

  async #bundles(folder: InputFolder): Promise<void> {
    const bundles = new ShowBundles(this.#api, folder, CONTAINER);
    if (!bundles.possible) return;
    await this.#report.step('files bundled and unbundled', async () => {
      const { objects, bundles: count, bytes } = await bundles.run();
      const made = `${count} ${count === 1 ? 'bundle' : 'bundles'} of ${size(bytes)}`;
      return { count: objects, confirmed: `${made} extracted, every byte equal` };
    });
  }

  async #tasks(files: readonly InputFile[]): Promise<void> {
    const tasks = new ShowTasks(this.service);
    if (!tasks.possible) return;
    showProgress('');
    this.print(
      'Tasks check stored files. One file does not exist on purpose, so its task logs a warning.',
    );
    await this.#report.step('tasks run, their outcomes published', async () => {
      const heard = await tasks.run(files.slice(0, FILES_TO_CHECK));
      showProgress('');
      this.print('What a subscriber of FileChecked heard, and no failure:');
      for (const { path, sha256 } of heard)
        this.print(`  ${path} | sha256 ${sha256.slice(0, 16)}…`);
      return { count: heard.length + 1, confirmed: 'sums equal, one failed as it should' };
    });
  }

  async #typedEvents(files: readonly InputFile[]): Promise<void> {
    const events = new ShowTypedEvents(this.service);
    if (!events.possible) return;
    await this.#report.step('typed events published and consumed', async () => {
      const { count, queue } = await events.run(files);
      return { count, confirmed: `each came back whole, by the queue ${queue}` };
    });
  }

  #started(): void {
    // Since the start of the process, including loading modules.
    const firstMessageMs = performance.now();
    this.#report.add({
      what: 'first message handled',
      count: 1,
      ms: firstMessageMs,
      confirmed: `since the process began; ${seconds(firstMessageMs - this.begunMs)} of it since the service began to start`,
    });
  }

  async #sessions(): Promise<void> {
    const sessions = await ShowSessions.create(this.#api);
    await this.#report.step('feedback stored and sent to SNS', async () => {
      const messages = await sessions.feedback();
      showProgress('');
      this.print('A session got feedback: up, down and none. What a subscriber of SNS received:');
      for (const { Subject, Message } of messages)
        this.print(`  ${Subject} | ${Message.split('\n').at(-1)}`);
      return { count: messages.length, confirmed: 'messages received by a subscriber' };
    });
    await this.#report.step('metadata changed, sent to SQS', async () => {
      const events = await sessions.metadata();
      showProgress('');
      this.print(
        "Its metadata was changed, then a key deleted. What a browser's event stream received:",
      );
      for (const event of events) this.print(`  ${JSON.stringify(event)}`);
      return { count: events.length, confirmed: 'events received by an open stream' };
    });
  }
}

const NEXT = '"npm run demo -- --keep" leaves the service running; --help lists all options.';

const stackLine = ({ stack, stackReason }: RunningService['settings']): string =>
  stack === 'embedded'
    ? `Stack: embedded (SNS, SQS and S3 inside this process), because ${stackReason}`
    : `Stack: ${stack}, because ${stackReason}`;

/** The service's own settings, but quiet, and on a free port unless it keeps running. */
const demoDefaults = (keep: boolean, dbt?: DbtDemo): NodeJS.ProcessEnv => ({
  LOG_LEVEL: 'warn',
  BUNDLE_MAX_AGE_SECONDS: '2',
  ...(keep ? {} : { PORT: '0' }),
  ...(dbt && { DBT_PROJECT_DIR: dbt.projectDir, DBT_PROFILES_DIR: dbt.projectDir }),
});

function addresses({ url, embedded }: RunningService): string {
  const lines = [
    `  API docs  ${url}/api/docs`,
    `  messages  ${url}/api/asyncapi`,
    `  jobs      ${url}/api/jobs`,
    `  health    ${url}/health/ready`,
    `  metrics   ${url}/metrics`,
  ];
  if (embedded) {
    lines.push(`  SNS, SQS and S3 (embedded)  ${embedded.endpoint}`);
    const { credentialsFile } = embedded;
    if (credentialsFile) lines.push(`  its credentials             ${credentialsFile}`);
  }
  return lines.join('\n');
}

/** A progress line that is overwritten; only on a terminal. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
