import type { EventBusOptions } from 'weft/event-bus';
import type { TasksOptions } from 'weft/tasks';
import { RegisterUserTask } from './register-user.task.js';
import { userRepository } from './user.js';
import { UserRegisteredPayload, UserRegistrationFailedPayload } from './user.events.js';

/** The service that registers users publishes to one topic. */
export const USER_BUS: EventBusOptions = { publisherName: 'UserService', topics: 'users' };

export const USER_TASKS: TasksOptions = {
  tasks: [RegisterUserTask],
  repositories: [userRepository],
  queue: { name: 'user-tasks' },
};

/** Two other services, each with a queue that only gets the events it has chosen. */
export const WELCOME_BUS: EventBusOptions = {
  publisherName: 'WelcomeService',
  queues: [{ name: 'welcome-events', from: ['users'], events: [UserRegisteredPayload] }],
};
export const SUPPORT_BUS: EventBusOptions = {
  publisherName: 'SupportService',
  queues: [{ name: 'support-events', from: ['users'], events: [UserRegistrationFailedPayload] }],
};
