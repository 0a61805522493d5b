import {
  CommandController,
  CommandMessage,
  CommandPayload,
  OnCommand,
} from '../../messaging/index.js';
import {
  Command,
  eventOf,
  type Event,
  type JsonObject,
  type Outcome,
} from '../../protocol/index.js';
import { JobsService } from './jobs.service.js';
import { LineageService } from './lineage.service.js';
import type { JobDocument } from './registry.documents.js';
import {
  AddStepPayload,
  CreateJobPayload,
  GetLineagePayload,
  JobIdPayload,
  QueryJobsPayload,
  StepIdPayload,
  UpdateJobPayload,
  UpdateStepPayload,
} from './registry.dto.js';
import { StepsService } from './steps.service.js';

/** The registry's Commands. */
@CommandController('registry')
export class RegistryController {
  constructor(
    private readonly jobs: JobsService,
    private readonly steps: StepsService,
    private readonly lineage: LineageService,
  ) {}

  @OnCommand('registry.create_job')
  async createJob(
    @CommandPayload() payload: CreateJobPayload,
    @CommandMessage() command: Command,
  ): Promise<Outcome> {
    return { data: await this.jobs.create(payload, command.correlation_id) };
  }

  @OnCommand('registry.get_job')
  async getJob(@CommandPayload() { job_id }: JobIdPayload): Promise<Outcome> {
    return { data: found({ job_id }, await this.jobs.get(job_id)) };
  }

  @OnCommand('registry.update_job')
  async updateJob(
    @CommandPayload() payload: UpdateJobPayload,
    @CommandMessage() command: Command,
  ): Promise<Outcome> {
    const { document, ended } = await this.jobs.update(payload, command.correlation_id);
    const { _id: job_id, status } = document;
    return {
      data: { job_id, status, updated: true },
      events: ended ? [jobCompleted(document, command)] : [],
    };
  }

  @OnCommand('registry.query_jobs')
  async queryJobs(@CommandPayload() payload: QueryJobsPayload): Promise<Outcome> {
    return { data: await this.jobs.query(payload) };
  }

  @OnCommand('registry.add_step')
  async addStep(
    @CommandPayload() payload: AddStepPayload,
    @CommandMessage() command: Command,
  ): Promise<Outcome> {
    return { data: await this.steps.add(payload, command.correlation_id) };
  }

  @OnCommand('registry.get_step')
  async getStep(@CommandPayload() { step_id }: StepIdPayload): Promise<Outcome> {
    return { data: found({ step_id }, await this.steps.get(step_id)) };
  }

  @OnCommand('registry.get_job_steps')
  async getJobSteps(@CommandPayload() { job_id }: JobIdPayload): Promise<Outcome> {
    return { data: await this.steps.ofJob(job_id) };
  }

  @OnCommand('registry.update_step')
  async updateStep(
    @CommandPayload() payload: UpdateStepPayload,
    @CommandMessage() command: Command,
  ): Promise<Outcome> {
    const { document } = await this.steps.update(payload, command.correlation_id);
    const { _id: step_id, status } = document;
    return { data: { step_id, status, updated: true } };
  }

  @OnCommand('registry.get_lineage')
  async getLineage(@CommandPayload() payload: GetLineagePayload): Promise<Outcome> {
    return { data: await this.lineage.get(payload) };
  }
}

function found(id: JsonObject, fields: JsonObject | null): JsonObject {
  return fields === null ? { ...id, found: false } : { found: true, ...fields };
}

function jobCompleted(job: JobDocument, command: Command): Event {
  const { _id: job_id, pipeline, environment, namespace, status, logic_version, error } = job;
  return eventOf(command, 'registry.job_completed', {
    job_id,
    pipeline,
    environment,
    namespace,
    status,
    logic_version,
    completed_at: job.completed_at ?? null,
    error,
  });
}
