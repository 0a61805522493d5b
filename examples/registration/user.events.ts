import { Expose } from 'class-transformer';
import { IsEmail, IsUUID } from 'class-validator';
import { EventFailPayload, EventPayload } from 'weft/event-bus';

/** The event UserRegistered, with the fields of a user that have `@Expose()`. */
@EventPayload({ containsPersonalData: true })
export class UserRegisteredPayload {
  @Expose()
  @IsUUID()
  id!: string;

  @Expose()
  @IsEmail()
  email!: string;
}

/** The event UserRegistrationFailed: code, data, detail and origin. */
export class UserRegistrationFailedPayload extends EventFailPayload {}
