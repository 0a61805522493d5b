import { isArn } from './arn.js';

const FIFO_SUFFIX = '.fifo';

/** Whether a queue or topic, by its name, ARN or URL, is a FIFO one: AWS requires the name to end so. */
export const isFifoName = (name: string): boolean => name.endsWith(FIFO_SUFFIX);

/** A name without its `.fifo`, and the `.fifo` that belongs at the end of every name made of it; empty without one. */
export const splitFifo = (name: string): { readonly base: string; readonly suffix: string } =>
  isFifoName(name)
    ? { base: name.slice(0, -FIFO_SUFFIX.length), suffix: FIFO_SUFFIX }
    : { base: name, suffix: '' };

export const isUrl = (name: string): boolean => /^https?:\/\//.test(name);

/** Whether a queue or topic is named by ARN or URL: it is used, never created or changed. */
export const isForeign = (name: string): boolean => isArn(name) || isUrl(name);

/** `arn:aws:sqs:eu-west-1:123456789012:orders` → `orders`; `https://host/123456789012/orders` → `orders`. */
export const lastPart = (address: string): string =>
  address.slice(Math.max(address.lastIndexOf('/'), address.lastIndexOf(':')) + 1);
