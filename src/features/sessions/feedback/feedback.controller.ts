import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpStatus,
  Param,
  Post,
  Query,
} from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiOperation,
  ApiQuery,
  ApiTags,
  type QueryString,
  readCount,
  readLimit,
  readText,
} from '../../../platform/http/index.js';
import { fieldFault } from '../free-form.js';
import { FEEDBACK_PAGE, MAX_AGENT_ID_LENGTH, MAX_AUTHOR_LENGTH } from '../sessions.constants.js';
import { SessionsService } from '../sessions.service.js';
import { FeedbackDto, type FeedbackPage } from './feedback.dto.js';
import type { Feedback, FeedbackStats, Rating } from './feedback.js';
import { readSubject } from './read-feedback.js';

const RATINGS: ReadonlyMap<string, Rating> = new Map([
  ['up', 'up'],
  ['down', 'down'],
  ['none', null],
]);

/** Users' feedback on a session's answers, over HTTP. */
@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/sessions/:id/feedback')
export class SessionFeedbackController {
  constructor(private readonly sessions: SessionsService) {}

  @Post()
  @ApiOperation({ summary: 'Add a feedback; a "down" needs a comment' })
  @ApiBody({ type: FeedbackDto })
  add(@Param('id') id: string, @Body() body: unknown): Promise<Feedback> {
    return this.sessions.addFeedback(id, body);
  }

  @Get()
  @ApiOperation({ summary: 'The latest feedbacks, newest first' })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', default: 100 } })
  @ApiQuery({ name: 'rating', required: false, enum: ['up', 'down', 'none'] })
  list(@Param('id') id: string, @Query() query: QueryString): Promise<FeedbackPage> {
    return this.sessions.feedbacks(id, readLimit(query, FEEDBACK_PAGE), readRating(query));
  }

  @Delete()
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: "Remove an author's feedback about a message" })
  @ApiQuery({ name: 'author' })
  @ApiQuery({ name: 'agent_id' })
  @ApiQuery({ name: 'message_id', schema: { type: 'integer' } })
  async remove(@Param('id') id: string, @Query() query: QueryString): Promise<void> {
    const subject = readSubject({
      author: readText(query, 'author', MAX_AUTHOR_LENGTH),
      agent_id: readText(query, 'agent_id', MAX_AGENT_ID_LENGTH),
      message_id: readCount(query, 'message_id'),
    });
    if (subject === undefined) {
      throw fieldFault('author', 'is required, and so are agent_id and message_id');
    }
    await this.sessions.removeFeedback(id, subject);
  }

  @Get('stats')
  @ApiOperation({ summary: 'How many of each rating, and the share of "up" among the rated' })
  stats(@Param('id') id: string): Promise<FeedbackStats> {
    return this.sessions.feedbackStats(id);
  }
}

function readRating(query: QueryString): Rating | undefined {
  const text = readText(query, 'rating', 10);
  if (text === undefined) return undefined;
  const rating = RATINGS.get(text);
  if (rating === undefined) throw fieldFault('rating', 'must be up, down or none');
  return rating;
}
