import { Allow, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { IsText } from '../../protocol/index.js';
import {
  MAX_CONTENT_TYPE_LENGTH,
  MAX_CONTINUATION_TOKEN_LENGTH,
  MAX_LISTED_OBJECTS,
} from './storage.constants.js';
import {
  IsContainer,
  IsContentType,
  IsObjectMetadata,
  IsObjectPath,
  IsPrefix,
} from './storage.validators.js';

const A_STRING = { message: 'must be a string' };

/** Payload of `get_object`, `head_object` and `delete_object`. */
export class ObjectPayload {
  @IsContainer() container!: string;
  @IsObjectPath() path!: string;
}

/** Payload of `put_object`: exactly one of `data`, `body` and `body_base64`. */
export class PutObjectPayload {
  @IsContainer() container!: string;
  @IsObjectPath() path!: string;
  /** Any JSON: a string is stored as its text, anything else as JSON. */
  @IsOptional() @Allow() data?: unknown;
  /** Text, stored as UTF-8. */
  @IsOptional() @IsString(A_STRING) body?: string | null;
  /** Standard alphabet, padded. */
  @IsOptional() @IsString(A_STRING) body_base64?: string | null;
  /** Default `application/octet-stream`. */
  @IsOptional() @IsContentType(MAX_CONTENT_TYPE_LENGTH) content_type?: string | null;
  /** Default {}. */
  @IsOptional() @IsObjectMetadata() metadata?: Record<string, string> | null;
}

/** Payload of `list_objects`. */
export class ListObjectsPayload {
  @IsContainer() container!: string;
  /** Default ''. */
  @IsOptional() @IsPrefix() prefix?: string | null;
  /** Default 1000. */
  // What is checked last is what the error says.
  @IsOptional()
  @IsInt({ message: 'must be an integer' })
  @Max(MAX_LISTED_OBJECTS, { message: `must be from 1 to ${MAX_LISTED_OBJECTS}` })
  @Min(1, { message: `must be from 1 to ${MAX_LISTED_OBJECTS}` })
  max_keys?: number | null;
  /** `continuation_token` of the list before. */
  @IsOptional() @IsText(MAX_CONTINUATION_TOKEN_LENGTH) continuation_token?: string | null;
}
