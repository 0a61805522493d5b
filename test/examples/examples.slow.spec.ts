import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../support/wait.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let running: Run | undefined;
afterEach(() => void running?.child.kill('SIGKILL'));

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
  lines(): readonly string[];
  errors(): string;
}

const fileOf = (example: string): string =>
  example.endsWith('.ts') ? example : `${example}/main.ts`;

/** An example as README.md says to start it. */
function start(example: string, ...args: readonly string[]): Run {
  const { PATH, HOME } = process.env;
  const child = spawn(
    process.execPath,
    ['--import', './test/support/ts-hooks.js', `examples/${fileOf(example)}`, ...args],
    { cwd: ROOT, env: { PATH, HOME, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  running = {
    child,
    ended: once(child, 'close'),
    lines: () => output.split('\n').filter((line) => line !== ''),
    errors: () => errors,
  };
  return running;
}

async function outputOf(example: string, ...args: readonly string[]): Promise<readonly string[]> {
  const run = start(example, ...args);
  await run.ended;
  expect({ exitCode: run.child.exitCode, errors: run.errors() }).toEqual({
    exitCode: 0,
    errors: '',
  });
  return run.lines();
}

describe('an example', () => {
  it('cloud-events hands a compressed CloudEvent to its handler, with its source and subject', async () => {
    expect(await outputOf('cloud-events')).toEqual([
      '/shop/orders says of orders/7: Ada has ordered',
    ]);
  });

  it("existing-queue takes plain JSON from a queue of somebody else's", async () => {
    expect(await outputOf('existing-queue')).toEqual(['Ada owes 1200 cents (receive 1)']);
  });

  it('request-response shows an answer, an answer in parts and an error', async () => {
    expect(await outputOf('request-response')).toEqual([
      'root of 9: 3',
      'count to 3: [ 1, 2, 3 ]',
      "root of -1: { status: 'error', message: '-1 has no real root' }",
    ]);
  });

  it('fifo keeps the order of each group, also behind a message that failed', async () => {
    const steps = await outputOf('fifo');
    for (const account of ['Ada', 'Bob']) {
      expect(steps.filter((step) => step.startsWith(account))).toEqual(
        ['opened', 'paid in', 'paid out', 'closed'].map((step) => `${account} ${step}`),
      );
    }
  });

  it('broadcast reaches every process', async () => {
    expect(await outputOf('broadcast')).toEqual(['2 processes have forgotten the theme']);
  });

  it('batches handles many messages at once, and one that failed is redelivered alone', async () => {
    const lines = await outputOf('batches');
    expect(lines.at(-1)).toBe('stored s-1, s-2, s-4, s-5, s-6, s-3');
    expect(lines.at(-2)).toBe('a batch of 1');
  });

  it('publisher sends through an injected client and names a pattern without a route', async () => {
    expect(await outputOf('publisher')).toEqual([
      'SNS took 25 events',
      expect.stringMatching(/^WEFT_NO_ROUTE: .*"invoice\.sent"/),
    ]);
  });

  it('typed-events publishes and consumes classes and schemas without a Nest application', async () => {
    expect(await outputOf('typed-events')).toEqual([
      `orders-example: o-1 costs 1200 cents since ${new Date().getUTCFullYear()}`,
      'o-1 is paid with 1200 cents',
      'The payload does not fit OrderPlaced: cents: cents must be an integer number',
    ]);
  });

  it('session-consumer names the variables that it needs', async () => {
    const run = start('session-consumer');
    await run.ended;
    expect({ exitCode: run.child.exitCode, errors: run.errors() }).toEqual({
      exitCode: 1,
      errors: 'Set AWS_REGION, and SQS_METADATA_QUEUE_URL as for the service\n',
    });
  });

  it('registration runs a task for each user, whose outcome is heard by who asked for it', async () => {
    const run = start('registration');
    const heard = (): string[] =>
      run.lines().filter((line) => /^(Welcome|UserRegistrationFailed)/.test(line));
    await waitFor('both outcomes', () => ({ heard: heard(), errors: run.errors() }), {
      until: (seen) => seen.heard.length === 2,
    });
    expect(heard().toSorted()).toEqual([
      'UserRegistrationFailed: No mail reaches this address (ADDRESS_UNREACHABLE)',
      'Welcome ada@example.org',
    ]);
    run.child.kill('SIGTERM');
    await run.ended;
  });

  it('orders is a service that bills, answers, dead-letters and ends on SIGTERM', async () => {
    const run = start('orders');
    const output = (): string => [...run.lines(), run.errors()].join('\n');
    await waitFor('the service to be ready', output, {
      until: (text) => text.includes('Ctrl-C ends the service'),
    });
    expect(run.lines()).toContain('billed o-1: 1200 cents to Ada');
    expect(run.lines()).toContain('Ada owes 1200 cents; Ctrl-C ends the service');
    await waitFor('a message to be dead-lettered', output, {
      until: (text) => text.includes('is dead-lettered'),
    });
    run.child.kill('SIGTERM');
    await run.ended;
    expect(run.child.signalCode).toBe('SIGTERM');
  });

  it.each([
    ['cloudformation', 'AWS::SQS::QueuePolicy'],
    ['terraform', 'aws_sqs_queue_policy'],
    ['iam', 'arn:aws:sqs:eu-central-1:111122223333:billing-dlq'],
  ])('orders exports its topology for %s', async (format, part) => {
    const text = (await outputOf('orders/export.ts', format)).join('\n');
    expect(JSON.stringify(JSON.parse(text))).toContain(`"${part}"`);
  });
});
