import { Equals, IsIn, IsOptional, ValidateBy } from 'class-validator';
import { ApiPropertyOptional } from '../../platform/http/index.js';
import { IsCount, IsJsonObject, IsLabel, schemaOf, type JsonObject } from '../../protocol/index.js';
import type { AgentView } from './agents/agent.js';
import { METADATA_UPDATE_EVENT } from './codec/metadata.codec.js';
import type { Feedback } from './feedback/feedback.js';
import type { MetadataOperation } from './metadata/metadata-change.js';
import { isSessionId, SESSION_ID_RULE } from './session-id.js';
import { MAX_LABEL_LENGTH, MAX_SESSION_ID_LENGTH } from './sessions.constants.js';

const IsSessionId = (): PropertyDecorator =>
  ValidateBy(
    { name: 'isSessionId', validator: { validate: isSessionId } },
    {
      message: SESSION_ID_RULE,
      context: schemaOf({ type: 'string', minLength: 1, maxLength: MAX_SESSION_ID_LENGTH }),
    },
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

  // requireMetadata validates its contents.
  @ApiPropertyOptional({ type: Object, default: {} })
  @IsOptional()
  @IsJsonObject()
  metadata?: JsonObject | null;
}

/** A message of the metadata queue; older programs send no `sequence`. */
export class MetadataUpdateMessage {
  @IsSessionId() session_id!: string;
  @Equals(METADATA_UPDATE_EVENT, { message: `must be "${METADATA_UPDATE_EVENT}"` })
  event!: typeof METADATA_UPDATE_EVENT;
  @IsIn(['update', 'delete'], { message: 'must be "update" or "delete"' })
  operation!: MetadataOperation;
  @IsJsonObject() metadata!: JsonObject;
  // Older programs write it without an offset, so it is not parsed as a time.
  @IsLabel(64) timestamp!: string;
  @IsOptional() @IsCount() sequence?: number;
}

/** A change that an instance of the service publishes to the others. */
export class LiveUpdateMessage {
  @IsSessionId() session_id!: string;
  @IsIn(['update', 'delete']) operation!: MetadataOperation;
  @IsJsonObject() metadata!: JsonObject;
  @IsLabel(64) timestamp!: string;
  @IsCount() sequence!: number;
}

/** A session in a list. */
export interface SessionSummary {
  readonly session_id: string;
  readonly application_name: string | null;
  readonly session_type: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly metadata: JsonObject;
  /** Announced changes of the metadata so far. */
  readonly sequence: number;
}

/** A session as HTTP answers it. */
export interface SessionView extends SessionSummary {
  /** The latest 50, newest first. */
  readonly feedbacks: readonly Feedback[];
  /** The latest 50, newest first. */
  readonly guardrail_events: readonly JsonObject[];
  /** By their ids, without their messages. */
  readonly agents: Readonly<Record<string, AgentView>>;
}

/** The answer to the request that created the session, and to no other. */
export interface NewSessionView extends SessionView {
  readonly session_viewer_password: string;
}

export interface SessionPage {
  readonly sessions: readonly SessionSummary[];
  /** `cursor` of the next page; null on the last one. */
  readonly next_cursor: string | null;
}
