import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '../../../../platform/http/index.js';
import { invalidFieldsError } from '../../../../protocol/index.js';
import { MAX_EVENTS_IN } from './openlineage.constants.js';
import { OpenLineageQuery } from './openlineage.dto.js';
import { OpenLineageIngest } from './openlineage.ingest.js';
import { readEvent } from './read-event.js';

/** The path that dbt, Airflow, Spark and other clients of OpenLineage call. */
@ApiTags('lineage')
@Controller('api/v1/lineage')
export class OpenLineageHttpController {
  constructor(private readonly ingest: OpenLineageIngest) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({ summary: 'Takes an OpenLineage event, or a list of them' })
  @ApiBody({ schema: { type: 'object', additionalProperties: true } })
  async take(@Body() body: unknown, @Query() { environment }: OpenLineageQuery): Promise<void> {
    const values: unknown[] = Array.isArray(body) ? body : [body];
    if (values.length > MAX_EVENTS_IN) {
      const message = `must have at most ${MAX_EVENTS_IN} entries`;
      throw invalidFieldsError([{ field: 'events', message }]);
    }
    // All events are read before the first is stored, so that a list with a fault changes nothing.
    await this.ingest.take(values.map(readEvent), environment ?? undefined);
  }
}
