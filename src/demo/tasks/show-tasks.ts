import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import type { RunningService } from '../../app/bootstrap.js';
import { AwsClients } from '../../aws/index.js';
import {
  EventBusModule,
  eventBusTopology,
  OnBusEvent,
  type EventBusOptions,
} from '../../messaging/event-bus/index.js';
import {
  InjectTask,
  TaskHandle,
  TasksModule,
  tasksTopology,
  type TasksOptions,
} from '../../messaging/tasks/index.js';
import { OutboxModule } from '../../platform/outbox/index.js';
import { DocumentStore, PersistenceModule } from '../../platform/persistence/index.js';
import { connectSnsSqs, mergeTopologies, SnsSqsModule } from '../../transport/index.js';
import type { InputFile } from '../input-files.js';
import { CheckFileTask, FileCheckedPayload, STORED_FILES, storedFiles } from './check-file.task.js';

const WAIT_MS = 20_000;
const POLL_MS = 50;
const MISSING = 'no/such/file';

const BUS: EventBusOptions = {
  publisherName: 'WeftDemo',
  topics: 'weft-demo-files',
  queues: [{ name: 'weft-demo-checked', events: [FileCheckedPayload] }],
};
const TASKS: TasksOptions = {
  tasks: [CheckFileTask],
  repositories: [storedFiles],
  queue: { name: 'weft-demo-tasks' },
};

const heard: FileCheckedPayload[] = [];

@Controller()
class CheckedFiles {
  constructor(@InjectTask(CheckFileTask) readonly task: TaskHandle) {}

  @OnBusEvent(FileCheckedPayload)
  checked(@Payload() file: FileCheckedPayload): void {
    heard.push(file);
  }
}

/**
 * A second application beside the service, on the same SNS and SQS: its tasks check stored files, and publish their
 * outcomes.
 */
export class ShowTasks {
  constructor(private readonly service: RunningService) {}

  /** False if the operator decides about topics and queues. */
  get possible(): boolean {
    return this.service.embedded !== undefined;
  }

  /**
   * Checks some files, and one that does not exist.
   *
   * @returns the events that the subscriber received.
   * @throws {Error} if a checksum is wrong, or the subscriber received an event it had not chosen.
   */
  async run(files: readonly InputFile[]): Promise<readonly FileCheckedPayload[]> {
    const app = await NestFactory.create(moduleOn(this.service.aws));
    try {
      connectSnsSqs(app);
      await app.init();
      await app.startAllMicroservices();
      return await check(app, files);
    } finally {
      const closed = app.close();
      this.service.embedded?.endLongPolls();
      await closed;
    }
  }
}

function moduleOn(aws: AwsClients) {
  @Module({
    imports: [
      PersistenceModule.forRoot({ kind: 'embedded' }),
      SnsSqsModule.forRoot({
        topology: mergeTopologies(eventBusTopology(BUS), tasksTopology(TASKS)),
        aws,
        provision: 'create',
        server: { waitTimeS: 1 },
      }),
      OutboxModule,
      EventBusModule.forRoot(BUS),
      TasksModule.forRoot(TASKS),
    ],
    controllers: [CheckedFiles],
    providers: [CheckFileTask, { provide: AwsClients, useValue: aws }],
  })
  class TasksDemoModule {}
  return TasksDemoModule;
}

async function check(
  app: INestApplication,
  files: readonly InputFile[],
): Promise<readonly FileCheckedPayload[]> {
  const documents = app.get<DocumentStore>(DocumentStore).collection(STORED_FILES);
  const sums = new Map<string, string>();
  for (const { path, file } of [...files, { path: MISSING, file: undefined }]) {
    const id = randomUUID();
    if (file)
      sums.set(
        id,
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
      );
    await documents.insert({ _id: id, path, sha256: null });
    await app.get(CheckedFiles).task.delay({ storedFileId: id });
  }
  // Ignores messages that a killed demo left in the queue.
  const own = (): FileCheckedPayload[] => heard.filter(({ id }) => sums.has(id));
  const isDone = async (): Promise<boolean> =>
    own().length === sums.size &&
    (await documents.count({
      'task_outcomes.outcome': { $eq: 'failure' },
      'outbox.0': { $exists: false },
    })) === 1;
  for (const end = performance.now() + WAIT_MS; !(await isDone()); await sleep(POLL_MS)) {
    if (performance.now() > end)
      throw new Error(`${own().length} of ${files.length} files were checked`);
  }
  for (const { id, path, sha256 } of own()) {
    const stored = await documents.findOne({ _id: { $eq: id } });
    if (sha256 !== sums.get(id) || stored?.sha256 !== sha256)
      throw new Error(`The event of ${path} says ${sha256}, its file ${sums.get(id)}`);
  }
  return own();
}
