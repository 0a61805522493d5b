import { hash } from 'node:crypto';
import { isIdentifier } from './limits.js';

/** The message group of an id: the id itself, or a hash of one that SQS does not take for a group. */
export const messageGroupOf = (id: string): string => (isIdentifier(id) ? id : hash('sha256', id));
