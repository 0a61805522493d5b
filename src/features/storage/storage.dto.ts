import { Type } from 'class-transformer';
import {
  Allow,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsText } from '../../protocol/index.js';
import {
  MAX_CONTENT_TYPE_LENGTH,
  MAX_CONTINUATION_TOKEN_LENGTH,
  MAX_LISTED_OBJECTS,
  MAX_PRESIGN_EXPIRES_S,
} from './storage.constants.js';
import {
  IsContainer,
  IsContentType,
  IsETag,
  IsObjectMetadata,
  IsObjectPath,
  IsPrefix,
} from './storage.validators.js';

const A_STRING = { message: 'must be a string' };
const AN_INTEGER = { message: 'must be an integer' };
const AN_OBJECT = { message: 'must be an object with container and path' };
const LISTED = { message: `must be from 1 to ${MAX_LISTED_OBJECTS}` };
const VALID_FOR = { message: `must be from 1 to ${MAX_PRESIGN_EXPIRES_S} seconds` };

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
  /** Default: by the path's extension, else `application/octet-stream`. */
  @IsOptional() @IsContentType(MAX_CONTENT_TYPE_LENGTH) content_type?: string | null;
  /** Default {}. */
  @IsOptional() @IsObjectMetadata() metadata?: Record<string, string> | null;
  /** `*`: stores only if there is no object at the path. */
  @IsOptional() @IsIn(['*'], { message: 'must be "*"' }) if_none_match?: '*' | null;
  /** ETag of the object to replace: stores only if it is still the current one. */
  @IsOptional() @IsETag() if_match?: string | null;
}

/** Payload of `list_objects`. */
export class ListObjectsPayload {
  @IsContainer() container!: string;
  /** Default ''. */
  @IsOptional() @IsPrefix() prefix?: string | null;
  /** Default 1000. */
  // Of several failed checks, the error names the last one.
  @IsOptional()
  @IsInt(AN_INTEGER)
  @Max(MAX_LISTED_OBJECTS, LISTED)
  @Min(1, LISTED)
  max_keys?: number | null;
  /** `continuation_token` of the previous answer. */
  @IsOptional() @IsText(MAX_CONTINUATION_TOKEN_LENGTH) continuation_token?: string | null;
}

/** Payload of `copy_object`. */
export class CopyObjectPayload {
  @ValidateNested(AN_OBJECT) @Type(() => ObjectPayload) source!: ObjectPayload;
  @ValidateNested(AN_OBJECT) @Type(() => ObjectPayload) target!: ObjectPayload;
}

/** Payload of `presign`. */
export class PresignPayload {
  @IsContainer() container!: string;
  @IsObjectPath() path!: string;
  /** Default GET. */
  @IsOptional() @IsIn(['GET', 'PUT'], { message: 'must be GET or PUT' }) method?:
    'GET' | 'PUT' | null;
  /** Seconds. Default 3600. */
  @IsOptional()
  @IsInt(AN_INTEGER)
  @Max(MAX_PRESIGN_EXPIRES_S, VALID_FOR)
  @Min(1, VALID_FOR)
  expires_in?: number | null;
}
