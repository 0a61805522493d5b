import { Expose } from 'class-transformer';
import { IsEmail, IsString } from 'class-validator';
import { EventFailPayload } from '../../../src/messaging/event-bus/index.js';
import {
  ApplicationError,
  documentRepository,
  Task,
  type TaskContext,
  type TaskModel,
} from '../../../src/messaging/tasks/index.js';
import { withOutbox, type OutboxDocument } from '../../../src/platform/outbox/index.js';

export class User {
  id!: string;
  email!: string;
  isActive!: boolean;
  /** Never to be seen outside. */
  passwordHash?: string;
}

export class UserRegisteredPayload {
  @Expose()
  @IsString()
  id!: string;

  @Expose()
  @IsEmail()
  email!: string;
}

export class UserRegistrationFailedPayload extends EventFailPayload {}

export interface UserDocument extends OutboxDocument {
  email: string;
  isActive: boolean;
  passwordHash?: string;
}

export const USERS = withOutbox<UserDocument>({ name: 'users' });

export const USER_REPOSITORY = documentRepository(User, USERS);

/** Does what its input and the user's address say. */
export class Registration {
  readonly attempts: {
    readonly id: string;
    readonly attempt: number;
    readonly wasActive: boolean;
  }[] = [];
  /** Awaited in the middle of each attempt. */
  pause: (user: User, context: TaskContext) => Promise<void> | void = () => undefined;

  async run(user: User, context: TaskContext): Promise<User> {
    this.attempts.push({ id: user.id, attempt: context.attempt, wasActive: user.isActive });
    user.isActive = true;
    await this.pause(user, context);
    if (user.email.startsWith('taken')) {
      throw new ApplicationError('This address is taken', { code: 'EMAIL_TAKEN' });
    }
    if (user.email.startsWith('refused')) throw new ApplicationError('Refused');
    if (user.email.startsWith('broken')) throw new Error('The directory does not answer');
    if (context.attempt < Number(context.input['succeedsAt'] ?? 1)) throw new Error('Not yet');
    return user;
  }
}

/** The tasks of the suite on a model. */
export function userTasks(model: TaskModel<User>, maxRetries?: number) {
  const events = {
    model,
    success: UserRegisteredPayload,
    failure: UserRegistrationFailedPayload,
  };

  @Task({ ...events, retry: { maxRetries: maxRetries ?? 1, capS: 1 } })
  class RegisterUserTask extends Registration {}

  @Task({
    ...events,
    retry: { maxRetries: maxRetries ?? 0, capS: 1 },
    deleteOnSuccess: true,
    deleteOnFailure: true,
  })
  class PassingUserTask extends Registration {}

  return { RegisterUserTask, PassingUserTask };
}
