import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  Headers,
  HttpCode,
  HttpStatus,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { parseWholeNumber } from '../../../common/whole-numbers.js';
import {
  AdmitsByQuery,
  ApiBearerAuth,
  ApiBody,
  ApiOperation,
  ApiProduces,
  ApiQuery,
  ApiTags,
  Public,
  type QueryString,
  readText,
} from '../../../platform/http/index.js';
import { isJsonObject } from '../../../protocol/index.js';
import { fieldFault } from '../free-form.js';
import { SessionLifecycleService } from '../session-lifecycle.service.js';
import { VIEWER_TOKEN_SECONDS } from '../sessions.constants.js';
import { SESSION_STREAM_OPTIONS, type SessionStreamOptions } from '../sessions.options.js';
import { EventStream } from '../stream/event-stream.js';
import { SessionEventHub } from '../stream/session-event-hub.js';

const VIEWER_TOKEN = 'viewer_token';
const LAST_EVENT_ID = 'last_event_id';
const MAX_EVENT_ID_LENGTH = 512;
const MAX_TOKEN_LENGTH = 2048;
const MAX_PASSWORD_LENGTH = 256;

interface ViewerToken {
  readonly viewer_token: string;
  readonly expires_in_seconds: number;
}

/** Routes for browsers, which have no key: watching one session. */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions/:id')
export class SessionViewerController {
  constructor(
    private readonly sessions: SessionLifecycleService,
    private readonly hub: SessionEventHub,
    @Inject(SESSION_STREAM_OPTIONS) private readonly options: SessionStreamOptions,
  ) {}

  // No key is required: the password has 192 random bits, and only allows watching this session.
  @Post('viewer-token')
  @Public()
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'The viewer password for a token that lives five minutes' })
  @ApiBody({
    schema: { type: 'object', properties: { session_viewer_password: { type: 'string' } } },
  })
  async viewerToken(@Param('id') id: string, @Body() body: unknown): Promise<ViewerToken> {
    const password = isJsonObject(body) ? body['session_viewer_password'] : undefined;
    if (typeof password !== 'string' || password.length > MAX_PASSWORD_LENGTH) {
      throw fieldFault('session_viewer_password', 'must be the password of the session');
    }
    return {
      viewer_token: await this.sessions.viewerToken(id, password),
      expires_in_seconds: VIEWER_TOKEN_SECONDS,
    };
  }

  @Get('events')
  @AdmitsByQuery(VIEWER_TOKEN)
  @ApiOperation({ summary: 'Server-sent events: each change of the metadata, by its number' })
  @ApiQuery({ name: VIEWER_TOKEN, required: false, description: 'In place of an API key.' })
  @ApiQuery({ name: LAST_EVENT_ID, required: false, description: 'As the header Last-Event-ID.' })
  @ApiProduces('text/event-stream')
  async events(
    @Param('id') id: string,
    @Query() query: QueryString,
    @Headers('last-event-id') header: string | undefined,
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
  ): Promise<void> {
    // All checks come before the first byte, while an error can still be answered.
    const token = readText(query, VIEWER_TOKEN, MAX_TOKEN_LENGTH);
    if (token !== undefined && !(await this.sessions.admits(id, token))) {
      throw new ForbiddenException('The viewer token belongs to another session, or has expired');
    }
    await this.sessions.requireThere(id);
    this.hub.requireCapacity(id);
    if (request.method === 'HEAD' || response.destroyed) {
      response.end();
      return;
    }
    const stream = new EventStream(response, this.options.maxBufferedBytes);
    // A browser that opens a new EventSource cannot send the header.
    const lastEventId = header ?? readText(query, LAST_EVENT_ID, MAX_EVENT_ID_LENGTH);
    this.hub.listen(id, stream, numberOf(lastEventId));
  }
}

/** The number of the last change a reader has. For an unknown id the stream starts at the first change that is kept. */
function numberOf(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  return parseWholeNumber(lastEventId, 0) ?? 0;
}
