import { CommandPayloadPipe } from '../../../src/messaging/index.js';
import { type DocumentStore } from '../../../src/platform/persistence/index.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { Command, Result, type JsonObject, type Outcome } from '../../../src/protocol/index.js';
import { JobsService } from '../../../src/features/registry/jobs.service.js';
import { LineageService } from '../../../src/features/registry/lineage.service.js';
import { RegistryController } from '../../../src/features/registry/registry.controller.js';
import * as dto from '../../../src/features/registry/registry.dto.js';
import { RegistryRepository } from '../../../src/features/registry/registry.repository.js';
import { ResultsController } from '../../../src/features/registry/results.controller.js';
import { ResultsService } from '../../../src/features/registry/results.service.js';
import { StepsService } from '../../../src/features/registry/steps.service.js';

type Action = (payload: JsonObject, command: Command) => Promise<Outcome>;

/** The registry over documents in memory, spoken to as Commands and Results do. */
export class RegistryFixture {
  readonly store: DocumentStore = new SqliteStore();
  readonly jobs: JobsService;
  readonly steps: StepsService;
  readonly lineage: LineageService;
  readonly #results: ResultsController;
  readonly #actions: Readonly<Record<string, Action>>;
  readonly #pipe = new CommandPayloadPipe();

  constructor() {
    const repository = new RegistryRepository(this.store);
    this.jobs = new JobsService(repository);
    this.steps = new StepsService(repository);
    this.lineage = new LineageService(repository);
    this.#results = new ResultsController(new ResultsService(this.steps));
    const controller = new RegistryController(this.jobs, this.steps, this.lineage);
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
      get_lineage: action(dto.GetLineagePayload, (p) => controller.getLineage(p)),
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
  record(result: Result | JsonObject) {
    return this.#results.record(JSON.parse(JSON.stringify(result)));
  }

  job(id: string): Promise<JsonObject> {
    return this.data('get_job', { job_id: id });
  }

  step(id: string): Promise<JsonObject> {
    return this.data('get_step', { step_id: id });
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
