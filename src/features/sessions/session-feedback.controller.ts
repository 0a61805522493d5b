import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '../../platform/http/index.js';
import type { Feedback, FeedbackStats } from './feedback.js';
import { readInput, readLimit } from './read-input.js';
import { FEEDBACK_PAGE } from './sessions.constants.js';
import { FeedbackDto, type FeedbackPage } from './sessions.dto.js';
import { SessionsService } from './sessions.service.js';

/** What users thought of a session's answers, over HTTP. */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions/:id/feedback')
export class SessionFeedbackController {
  constructor(private readonly sessions: SessionsService) {}

  @Post()
  @ApiOperation({ summary: 'Add a feedback; a "down" needs a comment' })
  @ApiBody({ type: FeedbackDto })
  add(@Param('id') id: string, @Body() body: unknown): Promise<Feedback> {
    return this.sessions.addFeedback(id, readInput(FeedbackDto, body));
  }

  @Get()
  @ApiOperation({ summary: 'The latest feedbacks, newest first' })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', default: 100 } })
  list(
    @Param('id') id: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<FeedbackPage> {
    return this.sessions.feedbacks(id, readLimit(query, FEEDBACK_PAGE));
  }

  @Get('stats')
  stats(@Param('id') id: string): Promise<FeedbackStats> {
    return this.sessions.feedbackStats(id);
  }
}
