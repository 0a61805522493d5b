import type { SessionsTask } from './children/sessions.js';

export const ANNOUNCED = 'announced';
export const NEVER_ANSWERED = 'SNS and SQS never answer';
export const APPEND_SMALL = 'append to a session of 10 messages';
export const APPEND_LARGE = 'append to a session of 100,000 messages';
export const READ_SMALL = 'read 50 messages of a session of 50';
export const READ_LARGE = 'read 50 messages of a session of 200 MB';
export const READERS = [1, 100, 10_000];
export const shownTo = (readers: number): string =>
  `shown to ${readers.toLocaleString('en')} readers`;
export const SHOWN_TO_MOST = shownTo(Math.max(...READERS));

export const WRITES = 1000;
/** By hand each write waits for SQS, so that fewer have to do. */
const LATE_WRITES = 10;
const LATE_MS = 3000;

export type Case = Omit<SessionsTask, 'clientConfig'>;

const metadata: Case = {
  what: 'metadata',
  announced: true,
  lateMs: 0,
  writes: WRITES,
  messages: 0,
  messageChars: 150,
};
const feedback: Case = { ...metadata, what: 'feedback' };
const byHand: Case = { ...metadata, what: 'metadata by hand' };
const append: Case = { ...metadata, what: 'append' };
const read: Case = { ...metadata, what: 'read', messages: 50 };
/** 200 MB. */
const LARGE = { messages: 100_000, messageChars: 2000 };

/** The first of each kind is what the others are measured against. */
export const CASES: Readonly<Record<string, Case>> = {
  [`metadata, ${ANNOUNCED}`]: metadata,
  'metadata, not announced': { ...metadata, announced: false },
  'metadata, SNS and SQS answer after 3 s': { ...metadata, lateMs: LATE_MS },
  [`metadata, ${NEVER_ANSWERED}`]: { ...metadata, lateMs: null },
  [`feedback, ${ANNOUNCED}`]: feedback,
  'feedback, not announced': { ...feedback, announced: false },
  'feedback, SNS and SQS answer after 3 s': { ...feedback, lateMs: LATE_MS },
  [`feedback, ${NEVER_ANSWERED}`]: { ...feedback, lateMs: null },
  'read, change, write, send by hand': byHand,
  'the same by hand, SQS answers after 3 s': { ...byHand, lateMs: LATE_MS, writes: LATE_WRITES },
  [APPEND_SMALL]: { ...append, messages: 10 },
  [APPEND_LARGE]: { ...append, messages: 100_000 },
  [READ_SMALL]: { ...read, messageChars: LARGE.messageChars },
  [READ_LARGE]: { ...read, ...LARGE },
};

/** Where there is a MongoDB: the same beside a naive implementation on its plain driver. */
export const MONGO_CASES: Readonly<Record<string, Case>> = {
  'metadata, announced, over MongoDB': metadata,
  'read, change, write, send on the plain MongoDB driver': byHand,
  'the same on the plain driver, SQS answers after 3 s': {
    ...byHand,
    lateMs: LATE_MS,
    writes: LATE_WRITES,
  },
  [`${READ_SMALL}, over MongoDB`]: {
    ...read,
    messageChars: LARGE.messageChars,
  },
  [`${READ_LARGE}, over MongoDB`]: { ...read, ...LARGE },
};
