import { SNSClient } from '@aws-sdk/client-sns';
import { awsSend } from '../../src/transport/broker/aws/aws.send.js';
import type { BrokerQueue } from '../../src/transport/broker/broker.queue.js';
import { pause } from '../../src/transport/clock.js';
import { nativeCodec } from '../../src/transport/codec/index.js';
import type { SnsSqsServerOptions } from '../../src/transport/index.js';
import { Sender } from '../../src/transport/sender/sender.js';
import { HandlerInvoker } from '../../src/transport/server/handling/handler.invoker.js';
import { HandlerRegistry } from '../../src/transport/server/handling/handler.registry.js';
import { QueueConsumer } from '../../src/transport/server/queue.consumer.js';
import type { FifoFailurePolicy } from '../../src/transport/topology/index.js';
import { fakeSqs } from '../transport/fake-sqs.js';
import type { Judge } from './judge.js';
import type { ProcessClock } from './process-clock.js';

export interface ProcessOptions {
  readonly clock: ProcessClock;
  readonly queue: (process: number) => BrokerQueue;
  readonly deadLetters: BrokerQueue;
  readonly fifo: boolean;
  readonly onFailure: FifoFailurePolicy | undefined;
  readonly visibilityTimeoutS: number;
  readonly maxReceiveCount: number;
  readonly workMs: () => number;
  readonly fails: (tries: number) => boolean;
  readonly judge: Judge;
  readonly server: Partial<SnsSqsServerOptions>;
}

export interface SimulatedProcess {
  readonly id: number;
  readonly clock: ProcessClock;
  readonly consumer: QueueConsumer;
}

const never = new AbortController().signal;
let processes = 0;

/** A process that consumes one queue: everything of the library from its polls to its settlements. */
export function simulatedProcess(options: ProcessOptions): SimulatedProcess {
  const { clock, fifo, visibilityTimeoutS, maxReceiveCount, onFailure, judge } = options;
  const name = fifo ? 'jobs.fifo' : 'jobs';
  const url = `memory:/${name}`;
  processes += 1;
  const id = processes;
  const queue = options.queue(id);
  const handle = async ({ job }: { readonly job: number }): Promise<void> => {
    const tries = judge.begins(job, id);
    await pause(clock, options.workMs(), never);
    const failed = options.fails(tries);
    judge.ends(job, !failed);
    if (failed) throw new Error('not yet');
  };
  const handlers = new HandlerRegistry();
  handlers.add('job.run', handle as never, true);
  const { sqs } = fakeSqs(() => ({}));
  const consumer = new QueueConsumer(
    {
      declaration: { name, patterns: ['job.*'], ...(onFailure && { onFailure }) },
      url,
      fifo,
      codec: nativeCodec,
      envelopes: 'unknown',
      visibilityTimeoutS,
      deadLetterUrl: `${url}-dlq`,
      maxReceiveCount,
    },
    {
      topology: { topics: [], queues: [], routes: [] },
      aws: { region: 'eu-west-1' },
      ...options.server,
    },
    {
      openQueue: (opened) => (opened === url ? queue : options.deadLetters),
      payloads: undefined,
      sender: new Sender(
        { send: awsSend({ sqs, snsIn: (region) => new SNSClient({ region }) }) },
        { lingerMs: 0 },
      ),
      clock,
      realTime: clock,
      handlers,
      invoker: new HandlerInvoker((_context, work) => work(), clock),
    },
  );
  return { id, clock, consumer };
}
