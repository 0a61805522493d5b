import { documentRepository } from 'weft/tasks';
import { withOutbox, type OutboxDocument } from 'weft/outbox';

export class User {
  id!: string;
  email!: string;
  isActive!: boolean;
}

/** Stored as `_id`. */
export interface UserDocument extends OutboxDocument {
  email: string;
  isActive: boolean;
}

export const USERS = withOutbox<UserDocument>({ name: 'users' });

export const userRepository = documentRepository(User, USERS);
