import { Readable } from 'node:stream';
import { Controller, Get, Header, Headers, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '../../../platform/http/index.js';
import type { JsonObject } from '../../../protocol/index.js';
import { GetLineagePayload, RunLineageQuery } from './lineage.dto.js';
import { LineageService } from './lineage.service.js';

const NDJSON = 'application/x-ndjson';

/** Lineage over HTTP. */
@ApiTags('registry')
@Controller('api')
export class LineageHttpController {
  constructor(private readonly lineage: LineageService) {}

  @Get('lineage')
  @Header('vary', 'accept')
  @ApiOperation({
    summary:
      'The steps that wrote and read what is at a location; with `Accept: application/x-ndjson` its graph, layer by layer',
  })
  async getLineage(
    @Query() query: GetLineagePayload,
    @Headers('accept') accept = '',
  ): Promise<JsonObject | StreamableFile> {
    if (!accept.includes(NDJSON)) return this.lineage.get(query);
    return new StreamableFile(Readable.from(lines(this.lineage.layers(query))), { type: NDJSON });
  }

  @Get('steps/:id/lineage')
  @ApiOperation({
    summary: 'The runs whose very versions a step read, and those that read its own',
  })
  ofRun(@Param('id') step_id: string, @Query() query: RunLineageQuery): Promise<JsonObject> {
    return this.lineage.ofRun(step_id, query);
  }
}

async function* lines(values: AsyncIterable<object>): AsyncIterable<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}
