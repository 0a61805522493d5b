import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiTags } from '../../platform/http/index.js';
import { SESSION_STREAM_OPTIONS, type SessionStreamOptions } from './sessions.options.js';
import { SessionsService } from './sessions.service.js';
import { EventStream } from './stream/event-stream.js';
import { SessionEventHub } from './stream/session-event-hub.js';

/** What `SessionMetadataController` hears, to the browsers that listen. */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions')
export class SessionsStreamController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly hub: SessionEventHub,
    @Inject(SESSION_STREAM_OPTIONS) private readonly options: SessionStreamOptions,
  ) {}

  @Get(':id/events')
  @ApiOperation({ summary: 'Server-sent events: each change of the metadata' })
  @ApiProduces('text/event-stream')
  async events(
    @Param('id') id: string,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    // Both before the first byte, while an error can still be an answer of its own.
    await this.sessions.get(id);
    this.hub.requireRoom(id);
    if (request.method === 'HEAD' || response.destroyed) {
      response.end();
      return;
    }
    const lastEventId = request.headers['last-event-id'];
    this.hub.listen(
      id,
      new EventStream(response, this.options.maxBufferedBytes),
      typeof lastEventId === 'string' && lastEventId !== '' ? lastEventId : undefined,
    );
  }
}
