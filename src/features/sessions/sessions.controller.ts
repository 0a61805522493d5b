import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  HttpStatus,
  Param,
  Patch,
  Post,
  Query,
  Res,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiOperation,
  ApiQuery,
  ApiTags,
  type QueryString,
  readInput,
  readLimit,
  readText,
  type StatusResponse,
} from '../../platform/http/index.js';
import { readFork } from './read-fork.js';
import {
  MAX_CURSOR_LENGTH,
  MAX_KEYS_QUERY_LENGTH,
  MAX_LABEL_LENGTH,
  SESSIONS_PAGE,
} from './sessions.constants.js';
import {
  CreateSessionDto,
  type NewSessionView,
  type SessionPage,
  type SessionView,
} from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';
import { SessionEventHub } from './stream/session-event-hub.js';

type Metadata = Readonly<Record<string, unknown>>;

const JSON_ONLY = 'The body must be JSON, with the content type application/json';

/** Sessions and their metadata over HTTP. */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions')
export class SessionsController {
  constructor(
    private readonly sessions: SessionsService,
    private readonly hub: SessionEventHub,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Make a session: 201 with its viewer password, this once; 200 when the id exists',
  })
  @ApiBody({ type: CreateSessionDto })
  async create(
    @Body() body: unknown,
    @Headers('content-length') contentLength: string | undefined,
    @Headers('transfer-encoding') transferEncoding: string | undefined,
    @Res({ passthrough: true }) response: StatusResponse,
  ): Promise<SessionView | NewSessionView> {
    // A request without a body creates a session with default values; one with a body that is not JSON does not.
    const sent = transferEncoding !== undefined || Number(contentLength ?? 0) > 0;
    if (body === undefined && sent) throw new UnsupportedMediaTypeException(JSON_ONLY);
    const input = readInput(CreateSessionDto, body ?? {});
    const { created, session } = await this.sessions.create(input);
    response.status(created ? HttpStatus.CREATED : HttpStatus.OK);
    return session;
  }

  @Get()
  @ApiOperation({ summary: 'Sessions, newest first' })
  @ApiQuery({ name: 'application_name', required: false })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', default: 20 } })
  @ApiQuery({ name: 'cursor', required: false, description: 'next_cursor of the page before' })
  list(@Query() query: QueryString): Promise<SessionPage> {
    return this.sessions.list({
      applicationName: readText(query, 'application_name', MAX_LABEL_LENGTH),
      limit: readLimit(query, SESSIONS_PAGE),
      cursor: readText(query, 'cursor', MAX_CURSOR_LENGTH),
    });
  }

  @Get(':id')
  @ApiOperation({ summary: 'A session with its agents, and its latest feedbacks' })
  get(@Param('id') id: string): Promise<SessionView> {
    return this.sessions.get(id);
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  async remove(@Param('id') id: string): Promise<void> {
    await this.sessions.remove(id);
    this.hub.endSession(id);
  }

  @Post(':id/fork')
  @ApiOperation({ summary: 'Make a session that goes on from a message of this one' })
  @ApiBody({
    schema: {
      type: 'object',
      properties: {
        session_id: { type: 'string' },
        agent_id: { type: 'string' },
        message_id: { type: 'integer' },
      },
    },
  })
  fork(@Param('id') id: string, @Body() body: unknown): Promise<NewSessionView> {
    return this.sessions.fork(id, readFork(body ?? {}));
  }

  @Get(':id/metadata')
  metadata(@Param('id') id: string): Promise<Metadata> {
    return this.sessions.metadata(id);
  }

  @Patch(':id/metadata')
  @ApiOperation({ summary: 'Set the keys of the body, leave the others; answers all metadata' })
  @ApiBody({ schema: { type: 'object', example: { status: 'processing', priority: 'high' } } })
  updateMetadata(@Param('id') id: string, @Body() changes: unknown): Promise<Metadata> {
    return this.sessions.updateMetadata(id, changes);
  }

  @Delete(':id/metadata')
  @ApiOperation({ summary: 'Remove keys; answers what metadata is left' })
  @ApiQuery({ name: 'keys', example: 'status,priority' })
  deleteMetadata(@Param('id') id: string, @Query() query: QueryString): Promise<Metadata> {
    const keys = readText(query, 'keys', MAX_KEYS_QUERY_LENGTH);
    return this.sessions.deleteMetadata(id, keys?.split(',') ?? []);
  }
}
