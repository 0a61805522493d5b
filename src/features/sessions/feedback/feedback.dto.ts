import { IsIn, ValidateBy } from 'class-validator';
import { ApiProperty, ApiPropertyOptional } from '../../../platform/http/index.js';
import { MAX_AUTHOR_LENGTH, MAX_COMMENT_LENGTH } from '../sessions.constants.js';
import type { Feedback, Rating } from './feedback.js';

const isShortComment = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.length <= 2 * MAX_COMMENT_LENGTH &&
  Array.from(value).length <= MAX_COMMENT_LENGTH;

const isGivenForDown = (value: unknown, object: unknown): boolean =>
  !(object instanceof FeedbackDto) ||
  object.rating !== 'down' ||
  (typeof value === 'string' && value.trim() !== '');

/** Body of `POST /api/sessions/{id}/feedback`. Further fields are kept unchanged. */
export class FeedbackDto {
  static readonly fields = ['rating', 'comment'] as const;

  @ApiProperty({ enum: ['up', 'down', null], nullable: true, required: false })
  @IsIn(['up', 'down', null, undefined], { message: 'must be "up", "down" or null' })
  rating?: Rating;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: MAX_COMMENT_LENGTH })
  @ValidateBy(
    {
      name: 'isShortComment',
      validator: {
        validate: (value) => value === undefined || value === null || isShortComment(value),
      },
    },
    { message: `must be a text of at most ${MAX_COMMENT_LENGTH} characters` },
  )
  @ValidateBy(
    {
      name: 'isGivenForDown',
      validator: { validate: (value, args) => isGivenForDown(value, args?.object) },
    },
    { message: 'is required when the rating is "down"' },
  )
  comment?: string | null;

  @ApiPropertyOptional({
    type: String,
    maxLength: MAX_AUTHOR_LENGTH,
    description: 'With agent_id and message_id: replaces the earlier feedback of the same three.',
  })
  author?: string;

  @ApiPropertyOptional({ type: String, description: 'The agent it is about.' })
  agent_id?: string;

  @ApiPropertyOptional({ type: Number, description: 'The message of that agent it is about.' })
  message_id?: number;
}

export interface FeedbackPage {
  readonly session_id: string;
  readonly total_feedbacks: number;
  /** Newest first. */
  readonly feedbacks: readonly Feedback[];
}
