import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpStatus,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiOperation,
  ApiQuery,
  ApiTags,
  type QueryString,
  type StatusResponse,
} from '../../../platform/http/index.js';
import { SessionsService } from '../sessions.service.js';
import { messageNotFound, type Message } from './message.js';
import type { MessagesPage } from './messages.service.js';
import { readAppend, readMessageId, readRange } from './read-messages.js';

const EXAMPLE = { message: { role: 'user', content: [{ text: 'Hello' }] } };

/** The messages of an agent over HTTP. */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions/:id/agents/:agent/messages')
export class SessionMessagesController {
  constructor(private readonly sessions: SessionsService) {}

  @Post()
  @ApiOperation({
    summary: 'Append a message, or up to 100: all or none; once for each client_token',
  })
  @ApiBody({ schema: { type: 'object', example: EXAMPLE } })
  async append(
    @Param('id') id: string,
    @Param('agent') agentId: string,
    @Body() body: unknown,
    @Headers('idempotency-key') token: string | undefined,
    @Res({ passthrough: true }) response: StatusResponse,
  ): Promise<Message | { readonly messages: readonly Message[] }> {
    const { messages, batch, clientToken } = readAppend(body, token);
    const stored = await this.sessions.appendMessages(id, agentId, messages, clientToken);
    response.status(stored.created ? HttpStatus.CREATED : HttpStatus.OK);
    if (batch) return { messages: stored.messages };
    return stored.messages[0] ?? messageNotFound('latest');
  }

  @Get()
  @ApiOperation({ summary: 'Messages in order: from an offset, or the newest' })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', default: 50 } })
  @ApiQuery({ name: 'offset', required: false, schema: { type: 'integer', default: 0 } })
  @ApiQuery({ name: 'last', required: false, schema: { type: 'integer' } })
  list(
    @Param('id') id: string,
    @Param('agent') agentId: string,
    @Query() query: QueryString,
  ): Promise<MessagesPage> {
    return this.sessions.messages(id, agentId, readRange(query));
  }

  @Patch(':message')
  @ApiOperation({ summary: 'Redact a message: its number, or latest' })
  @ApiBody({ schema: { type: 'object', example: { redact_message: EXAMPLE.message } } })
  redact(
    @Param('id') id: string,
    @Param('agent') agentId: string,
    @Param('message') message: string,
    @Body() body: unknown,
  ): Promise<Message> {
    return this.sessions.redactMessage(id, agentId, readMessageId(message), body);
  }

  @Delete('latest')
  @ApiOperation({ summary: 'Remove the newest message and answer it' })
  pop(@Param('id') id: string, @Param('agent') agentId: string): Promise<Message> {
    return this.sessions.popMessage(id, agentId);
  }
}
