import { ApiProperty, ApiPropertyOptional } from '../../platform/http/index.js';
import { Equals, IsIn, IsOptional, ValidateBy } from 'class-validator';
import { IsCount, IsJsonObject, IsLabel } from '../../protocol/index.js';
import { METADATA_UPDATE_EVENT, type MetadataOperation } from './codec/metadata.codec.js';
import type { Feedback, Rating } from './feedback.js';
import { isSessionId, SESSION_ID_RULE } from './session-id.js';
import { MAX_COMMENT_LENGTH, MAX_LABEL_LENGTH } from './sessions.constants.js';

const IsSessionId = (): PropertyDecorator =>
  ValidateBy(
    { name: 'isSessionId', validator: { validate: isSessionId } },
    { message: SESSION_ID_RULE },
  );

/** Body of `POST /api/sessions`. */
export class CreateSessionDto {
  static readonly fields = ['session_id', 'application_name', 'session_type', 'metadata'] as const;

  @ApiPropertyOptional({ example: 'user-session-123', description: 'Default: a new UUID.' })
  @IsOptional()
  @IsSessionId()
  session_id?: string | null;

  @ApiPropertyOptional({ type: String, maxLength: MAX_LABEL_LENGTH, description: 'Set once.' })
  @IsOptional()
  @IsLabel(MAX_LABEL_LENGTH)
  application_name?: string | null;

  @ApiPropertyOptional({ type: String, maxLength: MAX_LABEL_LENGTH })
  @IsOptional()
  @IsLabel(MAX_LABEL_LENGTH)
  session_type?: string | null;

  // What it may hold is for requireMetadata to say.
  @ApiPropertyOptional({ type: Object, default: {} })
  @IsOptional()
  @IsJsonObject()
  metadata?: Record<string, unknown> | null;
}

const isShortComment = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.length <= 2 * MAX_COMMENT_LENGTH &&
  Array.from(value).length <= MAX_COMMENT_LENGTH;

const isGivenForDown = (value: unknown, object: unknown): boolean =>
  !(object instanceof FeedbackDto) ||
  object.rating !== 'down' ||
  (typeof value === 'string' && value.trim() !== '');

/** Body of `POST /api/sessions/{id}/feedback`. */
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
}

/** A message of the metadata queue; `sequence` is missing from programs older than this one. */
export class MetadataUpdateMessage {
  @IsSessionId() session_id!: string;
  @Equals(METADATA_UPDATE_EVENT, { message: `must be "${METADATA_UPDATE_EVENT}"` })
  event!: typeof METADATA_UPDATE_EVENT;
  @IsIn(['update', 'delete'], { message: 'must be "update" or "delete"' })
  operation!: MetadataOperation;
  @IsJsonObject() metadata!: Record<string, unknown>;
  // The originals write it without an offset, so it is not read as a time.
  @IsLabel(64) timestamp!: string;
  @IsOptional() @IsCount() sequence?: number;
}

/** A session as HTTP answers it. Feedbacks and agents have addresses of their own. */
export interface SessionView {
  readonly session_id: string;
  readonly application_name: string | null;
  readonly session_type: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The answer to the request that made the session, and to no other. */
export interface NewSessionView extends SessionView {
  readonly session_viewer_password: string;
}

export interface SessionPage {
  readonly sessions: readonly SessionView[];
  /** `cursor` of the next page; null on the last one. */
  readonly next_cursor: string | null;
}

export interface FeedbackPage {
  readonly session_id: string;
  readonly total_feedbacks: number;
  /** Newest first. */
  readonly feedbacks: readonly Feedback[];
}
