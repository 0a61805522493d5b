import { CreateQueueCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CASES, type BenchCase } from './cases.js';
import { atOnce, type Contender, type Course } from './contender.js';
import type { Assignment, Measured } from './run-contender.js';
import { median, spread, table } from './table.js';

const WARM_UP_SHARE = 0.2;
const HOOKS = fileURLToPath(new URL('../test/support/ts-hooks.js', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    messages: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});

const fill = async (
  sqs: SQSClient,
  queueUrl: string,
  body: string,
  messages: number,
): Promise<void> => {
  const entries = Array.from({ length: 10 }, (_, index) => ({
    Id: String(index),
    MessageBody: body,
    MessageAttributes: { pattern: { DataType: 'String', StringValue: 'bench.message' } },
  }));
  await atOnce(messages / 10, 8, async () => {
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
  });
};

const start = (file: string): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--import', HOOKS],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

/** A JSON object of this many bytes. */
const bodyOf = (bytes: number): string =>
  JSON.stringify({ text: 'x'.repeat(bytes - '{"text":""}'.length) });

class Bench {
  readonly #sqs: SQSClient;

  constructor(private readonly clientConfig: Course['clientConfig']) {
    this.#sqs = new SQSClient(clientConfig);
  }

  /** One contender, once, on a queue of its own. */
  async once(bench: BenchCase, { name }: Contender, messages: number): Promise<Measured> {
    const queueName = `bench-${randomUUID()}`;
    const { QueueUrl: queueUrl = '' } = await this.#sqs.send(
      new CreateQueueCommand({ QueueName: queueName }),
    );
    const body = bodyOf(bench.bodyBytes);
    if (bench.filled) await fill(this.#sqs, queueUrl, body, messages);
    const child = start('./run-contender.ts');
    const assignment: Assignment = {
      caseName: bench.name,
      contender: name,
      warmUp: Math.floor(messages * WARM_UP_SHARE),
      clientConfig: this.clientConfig,
      queueUrl,
      queueName,
      messages,
      body,
    };
    child.send(assignment);
    const exited = once(child, 'exit');
    const [measured] = (await Promise.race([
      once(child, 'message'),
      exited.then(() =>
        Promise.reject(new Error(`${name} ended without a measurement in ${bench.name}`)),
      ),
    ])) as [Measured];
    await exited;
    return measured;
  }

  async run(
    bench: BenchCase,
    rounds: number,
    messages: number,
  ): Promise<Map<Contender, Measured[]>> {
    const results = new Map(bench.contenders.map((contender) => [contender, [] as Measured[]]));
    for (let round = 1; round <= rounds; round += 1) {
      for (const contender of bench.contenders) {
        process.stderr.write(
          `\r\u001b[K${bench.name}: round ${round} of ${rounds}, ${contender.name}`,
        );
        results.get(contender)?.push(await this.once(bench, contender, messages));
      }
    }
    process.stderr.write('\r\u001b[K');
    return results;
  }
}

function print(
  bench: BenchCase,
  messages: number,
  results: ReadonlyMap<Contender, readonly Measured[]>,
): void {
  const baseline = median(
    [...results.values()][0]?.map(({ cpuUsPerMessage }) => cpuUsPerMessage) ?? [],
  );
  const rows = [...results].map(([{ name }, runs]) => {
    const cpu = runs.map(({ cpuUsPerMessage }) => cpuUsPerMessage);
    return [
      name,
      spread(cpu, 1),
      `${(median(cpu) / baseline).toFixed(2)}×`,
      spread(
        runs.map(({ messagesPerSecond }) => messagesPerSecond),
        0,
      ),
      median(runs.map(({ callsPer1000 }) => callsPer1000)).toFixed(0),
    ];
  });
  console.log(`\n${bench.name}: ${messages} ${bench.what}, ${bench.bodyBytes} bytes each`);
  console.log(table([['', 'CPU µs a message', 'ratio', 'messages/s', 'calls per 1000'], ...rows]));
  for (const { name, settings } of bench.contenders) console.log(`  ${name}: ${settings}`);
}

const chosen =
  positionals.length === 0 ? CASES : CASES.filter(({ name }) => positionals.includes(name));
if (chosen.length < positionals.length) {
  console.error(
    `Unknown benchmark among ${positionals.join(', ')}; there are: ${CASES.map(({ name }) => name).join(', ')}`,
  );
  process.exit(1);
}

const emulator = start('./emulator.ts');
const [clientConfig] = (await once(emulator, 'message')) as [Course['clientConfig']];
const report: Record<string, unknown> = {};
console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, medians of ${values.rounds} rounds (lowest–highest)`,
);
for (const bench of chosen) {
  const messages = values.messages === undefined ? bench.messages : Number(values.messages);
  const results = await new Bench(clientConfig).run(bench, Number(values.rounds), messages);
  print(bench, messages, results);
  report[bench.name] = Object.fromEntries(
    [...results].map(([{ name, settings }, runs]) => [name, { settings, runs }]),
  );
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
emulator.disconnect();
