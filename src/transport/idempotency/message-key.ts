import { hash } from 'node:crypto';

/** Ids of this form stay readable in keys; all others are hashed. */
const PLAIN_ID = /^[\w.:-]{1,128}$/;

/** SHA-256, in hexadecimal digits. */
export const digest = (text: string): string => hash('sha256', text);

/** A handler and a message. */
export interface MessageIdentity {
  /** As the topology declares it. */
  readonly queue: string;
  /** Such as `OrdersController.place`. */
  readonly handler: string;
  /** The id in the body, or else the one SQS gave the message. */
  readonly id: string;
}

/** The key of one handler's work on one message: `queue/handler#id`. */
export const messageKey = ({ queue, handler, id }: MessageIdentity): string =>
  `${queue}/${handler}#${PLAIN_ID.test(id) ? id : digest(id)}`;
