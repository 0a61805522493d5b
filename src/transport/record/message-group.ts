import { hash } from 'node:crypto';
import { isIdentifier } from './limits.js';

/** The message group of an id: the id itself, or its hash if SQS would refuse it as a group. */
export const messageGroupOf = (id: string): string => (isIdentifier(id) ? id : hash('sha256', id));
