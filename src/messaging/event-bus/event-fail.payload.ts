import { Expose } from 'class-transformer';
import { IsObject, IsString } from 'class-validator';

/**
 * The payload of an event that says that something failed. Extend it for each such event; an empty class does.
 *
 * @example
 * export class UserRegistrationFailedPayload extends EventFailPayload {}
 */
export abstract class EventFailPayload {
  /** `UNKNOWN_ERROR`, `APPLICATION_ERROR`, or one of the application's. */
  @Expose()
  @IsString()
  code!: string;

  /** What it failed for: `{ id }`. */
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
