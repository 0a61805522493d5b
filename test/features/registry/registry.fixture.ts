import { EMPTY } from 'rxjs';
import { CommandPayloadPipe } from '../../../src/messaging/index.js';
import { Outbox } from '../../../src/platform/outbox/index.js';
import { MessagePublisher } from '../../../src/platform/outbox/message.publisher.js';
import { type DocumentStore } from '../../../src/platform/persistence/index.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import {
  Command,
  parseEvent,
  parseResult,
  Result,
  type Event,
  type JsonObject,
  type Outcome,
} from '../../../src/protocol/index.js';
import { JobCancellation } from '../../../src/features/registry/job.cancellation.js';
import { JobsService } from '../../../src/features/registry/jobs.service.js';
import { EdgesRepository } from '../../../src/features/registry/lineage/edges.repository.js';
import * as lineageDto from '../../../src/features/registry/lineage/lineage.dto.js';
import { LineageService } from '../../../src/features/registry/lineage/lineage.service.js';
import { LineageWriter } from '../../../src/features/registry/lineage/lineage.writer.js';
import { OpenLineageEmitter } from '../../../src/features/registry/lineage/openlineage/openlineage.emitter.js';
import { OpenLineageIngest } from '../../../src/features/registry/lineage/openlineage/openlineage.ingest.js';
import { RegistryController } from '../../../src/features/registry/registry.controller.js';
import * as dto from '../../../src/features/registry/registry.dto.js';
import { JobLists } from '../../../src/features/registry/job.lists.js';
import { RegistryRepository } from '../../../src/features/registry/registry.repository.js';
import { ResultsService } from '../../../src/features/registry/results.service.js';
import { StepReferences } from '../../../src/features/registry/step.references.js';
import { StepsService } from '../../../src/features/registry/steps.service.js';
import { systemClock, type Clock } from '../../../src/transport/clock.js';
import type { SnsSqsRecord } from '../../../src/transport/index.js';

type Action = (payload: JsonObject, command: Command) => Promise<Outcome>;

/** The system's, but nothing of it comes again and again, or keeps the process. */
export const IDLE_CLOCK: Clock = { ...systemClock, every: () => () => undefined };

/** The registry over documents in memory, spoken to as Commands and Results do. */
export class RegistryFixture {
  readonly store: DocumentStore;
  readonly outbox: Outbox;
  readonly publisher: MessagePublisher;
  readonly jobs: JobsService;
  readonly steps: StepsService;
  readonly lineage: LineageService;
  readonly edges: EdgesRepository;
  readonly results: ResultsService;
  readonly ingest: OpenLineageIngest;
  readonly emitter: OpenLineageEmitter;
  /** OpenLineage events that have been published. */
  readonly runEvents: JsonObject[] = [];
  /** What has been published, in its order. */
  readonly events: Event[] = [];
  readonly #actions: Readonly<Record<string, Action>>;
  readonly #pipe = new CommandPayloadPipe();

  /** @param store which several may share, as processes do. */
  constructor(
    store: DocumentStore = new SqliteStore(),
    openLineageUrl?: string,
    clock = IDLE_CLOCK,
  ) {
    this.store = store;
    this.outbox = new Outbox(store, { time: { clock, monotonicMs: Date.now } });
    this.publisher = new MessagePublisher(this.outbox, {
      emit: (_pattern: unknown, message: unknown) => {
        this.events.push(parseEvent((message as SnsSqsRecord).data));
        return EMPTY;
      },
    });
    const repository = new RegistryRepository(store, this.outbox);
    const references = new StepReferences(store);
    this.edges = new EdgesRepository(store);
    const writer = new LineageWriter(repository, references, this.edges, this.outbox);
    const client = {
      emit: (_pattern: unknown, message: unknown) => {
        this.runEvents.push((message as SnsSqsRecord).data as JsonObject);
        return EMPTY;
      },
    };
    this.emitter = new OpenLineageEmitter(repository, this.outbox, client, {
      url: openLineageUrl,
      apiKey: 'openlineage-key',
    });
    this.jobs = new JobsService(repository, new JobLists(store));
    this.ingest = new OpenLineageIngest(repository, this.jobs, references, writer);
    this.steps = new StepsService(repository, references, writer);
    this.lineage = new LineageService(repository, this.edges);
    this.results = new ResultsService(repository, references, writer);
    this.outbox.onApplicationBootstrap();
    const cancellation = new JobCancellation(repository, this.jobs);
    const controller = new RegistryController(this.jobs, this.steps, this.lineage, cancellation);
    const action =
      <T>(type: new () => T, run: (payload: T, command: Command) => Promise<Outcome>): Action =>
      (payload, command) => {
        const read = this.#pipe.transform(payload, { type: 'custom', metatype: type });
        return run(read as T, command);
      };
    this.#actions = {
      create_job: action(dto.CreateJobPayload, (p, c) => controller.createJob(p, c)),
      get_job: action(dto.JobIdPayload, (p) => controller.getJob(p)),
      update_job: action(dto.UpdateJobPayload, (p, c) => controller.updateJob(p, c)),
      query_jobs: action(dto.QueryJobsPayload, (p) => controller.queryJobs(p)),
      add_step: action(dto.AddStepPayload, (p, c) => controller.addStep(p, c)),
      get_step: action(dto.StepIdPayload, (p) => controller.getStep(p)),
      get_job_steps: action(dto.JobIdPayload, (p) => controller.getJobSteps(p)),
      update_step: action(dto.UpdateStepPayload, (p, c) => controller.updateStep(p, c)),
      get_lineage: action(lineageDto.GetLineagePayload, (p) => controller.getLineage(p)),
      get_run_lineage: action(lineageDto.GetRunLineagePayload, (p) => controller.getRunLineage(p)),
      cancel_job: action(dto.CancelJobPayload, (p, c) => controller.cancelJob(p, c)),
      retry_step: action(dto.StepIdPayload, (p, c) => controller.retryStep(p, c)),
      list_pipelines: action(dto.ListPipelinesPayload, (p) => controller.listPipelines(p)),
    };
  }

  /** What the handler of a Command gives back. */
  async run(action: string, payload: JsonObject, correlation_id?: string): Promise<Outcome> {
    const named = correlation_id === undefined ? {} : { correlation_id };
    const command = new Command({ type: 'registry', action, payload, ...named });
    const handler = this.#actions[action];
    if (handler === undefined) throw new Error(`No action ${action}`);
    return handler(payload, command);
  }

  /** Its data, as its JSON reads. */
  async data(action: string, payload: JsonObject, correlation_id?: string): Promise<JsonObject> {
    const { data } = await this.run(action, payload, correlation_id);
    return JSON.parse(JSON.stringify(data));
  }

  /** A Result as the queue brings it. */
  async record(result: Result | JsonObject) {
    return this.results.record(parseResult(JSON.parse(JSON.stringify(result))));
  }

  job(id: string): Promise<JsonObject> {
    return this.data('get_job', { job_id: id });
  }

  step(id: string): Promise<JsonObject> {
    return this.data('get_step', { step_id: id });
  }

  /** Events of a type that have been published, once everything is that was written. */
  async published(type: string): Promise<Event[]> {
    await this.outbox.flush();
    return this.events.filter((event) => event.type === type);
  }

  /** A job `j` with a step `s`. */
  async withStep(): Promise<void> {
    await this.run('create_job', { pipeline: 'p', job_id: 'j' });
    await this.addStep('s');
  }

  async addStep(step_id: string, job_id = 'j'): Promise<void> {
    const names = {
      step_name: `name of ${step_id}`,
      handler_type: 'storage',
      action: 'put_object',
    };
    await this.run('add_step', { job_id, step_id, ...names });
  }
}
