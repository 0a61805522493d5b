import { hash } from 'node:crypto';

/** Ids of this kind stay readable in keys; what else a sender writes is hashed. */
const PLAIN_ID = /^[\w.:-]{1,128}$/;

/** SHA-256, in hexadecimal digits. */
export const digest = (text: string): string => hash('sha256', text);

/** Which handler's work on which message. */
export interface MessageIdentity {
  /** As the topology declares it. */
  readonly queue: string;
  /** Such as `OrdersController.place`. */
  readonly handler: string;
  /** The id within the body, or the id SQS gave the message. */
  readonly id: string;
}

/** Names one handler's work on one message: `queue/handler#id`. */
export const messageKey = ({ queue, handler, id }: MessageIdentity): string =>
  `${queue}/${handler}#${PLAIN_ID.test(id) ? id : digest(id)}`;
