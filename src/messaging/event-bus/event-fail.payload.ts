import { Expose } from 'class-transformer';
import { IsObject, IsString } from 'class-validator';

/**
 * The payload of a failure event. Extend it for each such event; an empty class is enough.
 *
 * @example
 * export class UserRegistrationFailedPayload extends EventFailPayload {}
 */
export abstract class EventFailPayload {
  /** `UNKNOWN_ERROR`, `APPLICATION_ERROR`, or one of the application's. */
  @Expose()
  @IsString()
  code!: string;

  /** The entity that it failed for: `{ id }`. */
  @Expose()
  @IsObject()
  data!: Readonly<Record<string, unknown>>;

  /** For people. */
  @Expose()
  @IsString()
  detail!: string;

  /** `unknown`, or `application`. */
  @Expose()
  @IsString()
  origin!: string;
}
