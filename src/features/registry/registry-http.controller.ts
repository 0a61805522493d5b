import { Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '../../platform/http/index.js';
import type { JsonObject } from '../../protocol/index.js';
import { JobsService } from './jobs.service.js';
import { ListPipelinesPayload, QueryJobsPayload } from './registry.dto.js';
import { StepsService } from './steps.service.js';

/** Read access to the registry over HTTP. */
@ApiTags('registry')
@Controller('api')
export class RegistryHttpController {
  constructor(
    private readonly jobs: JobsService,
    private readonly steps: StepsService,
  ) {}

  @Get('jobs')
  @ApiOperation({ summary: 'Jobs, newest first, with the filters of query_jobs' })
  queryJobs(@Query() query: QueryJobsPayload): Promise<JsonObject> {
    return this.jobs.query(query);
  }

  @Get('jobs/:id')
  @ApiOperation({ summary: 'One job with every field' })
  async getJob(@Param('id') id: string): Promise<JsonObject> {
    return there(await this.jobs.get(id), 'job');
  }

  @Get('jobs/:id/steps')
  @ApiOperation({ summary: 'The steps of a job, by the time they started' })
  async getJobSteps(@Param('id') id: string): Promise<JsonObject> {
    const steps = await this.steps.ofJob(id);
    if (steps['count'] === 0) there(await this.jobs.get(id), 'job');
    return steps;
  }

  @Get('steps/:id')
  @ApiOperation({ summary: 'One step with every field' })
  async getStep(@Param('id') id: string): Promise<JsonObject> {
    return there(await this.steps.get(id), 'step');
  }

  @Get('pipelines')
  @ApiOperation({ summary: 'The pipelines there are, by name, each with its newest job' })
  listPipelines(@Query() query: ListPipelinesPayload): Promise<JsonObject> {
    return this.jobs.pipelines(query);
  }
}

function there<T>(value: T | null, what: string): T {
  if (value === null) throw new NotFoundException(`No such ${what}`);
  return value;
}
