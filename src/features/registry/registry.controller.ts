import {
  CommandController,
  CommandMessage,
  CommandPayload,
  OnCommand,
} from '../../messaging/index.js';
import { Command, type JsonObject, type Outcome } from '../../protocol/index.js';
import { JobCancellation } from './job.cancellation.js';
import { JobsService } from './jobs.service.js';
import { GetLineagePayload, GetRunLineagePayload } from './lineage/lineage.dto.js';
import { LineageService } from './lineage/lineage.service.js';
import {
  AddStepPayload,
  CancelJobPayload,
  CreateJobPayload,
  JobIdPayload,
  ListPipelinesPayload,
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
    private readonly cancellation: JobCancellation,
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
    const { _id: job_id, status } = await this.jobs.update(payload, command.correlation_id);
    return { data: { job_id, status, updated: true } };
  }

  @OnCommand('registry.cancel_job')
  async cancelJob(
    @CommandPayload() payload: CancelJobPayload,
    @CommandMessage() command: Command,
  ): Promise<Outcome> {
    return { data: await this.cancellation.cancel(payload, command.correlation_id) };
  }

  @OnCommand('registry.list_pipelines')
  async listPipelines(@CommandPayload() payload: ListPipelinesPayload): Promise<Outcome> {
    return { data: await this.jobs.pipelines(payload) };
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
    const { _id: step_id, status } = await this.steps.update(payload, command.correlation_id);
    return { data: { step_id, status, updated: true } };
  }

  @OnCommand('registry.retry_step')
  async retryStep(
    @CommandPayload() { step_id }: StepIdPayload,
    @CommandMessage() command: Command,
  ): Promise<Outcome> {
    return { data: await this.steps.retry(step_id, command.correlation_id) };
  }

  @OnCommand('registry.get_run_lineage')
  async getRunLineage(@CommandPayload() payload: GetRunLineagePayload): Promise<Outcome> {
    return { data: await this.lineage.ofRun(payload.step_id, payload) };
  }

  @OnCommand('registry.get_lineage')
  async getLineage(@CommandPayload() payload: GetLineagePayload): Promise<Outcome> {
    return { data: await this.lineage.get(payload) };
  }
}

function found(id: JsonObject, fields: JsonObject | null): JsonObject {
  return fields === null ? { ...id, found: false } : { found: true, ...fields };
}
