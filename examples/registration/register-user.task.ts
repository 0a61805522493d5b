import { ApplicationError, Task } from 'weft/tasks';
import { User } from './user.js';
import { UserRegisteredPayload, UserRegistrationFailedPayload } from './user.events.js';

@Task({
  model: User,
  success: UserRegisteredPayload,
  failure: UserRegistrationFailedPayload,
  deleteOnFailure: false,
  deleteOnSuccess: false,
})
export class RegisterUserTask {
  /** Its changes of the user are stored together with the event. */
  run(user: User): void {
    if (user.email.endsWith('.invalid')) {
      throw new ApplicationError('No mail reaches this address', { code: 'ADDRESS_UNREACHABLE' });
    }
    user.isActive = true;
  }
}
