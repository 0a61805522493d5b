/** The embedded stack is for one machine, and is never reachable from outside of it. */
export const LOOPBACK = '127.0.0.1';

export const EMBEDDED_REGION = 'us-east-1';

/** Keeps everything in memory; nothing is left when the process ends. */
export const IN_MEMORY = ':memory:';

/** The account the emulators put into ARNs and queue URLs. */
export const EMBEDDED_ACCOUNT_ID = '000000000000';

/** The parts of a data folder. */
export const QUEUES_DIR = 'queues';
export const TABLES_DIR = 'tables';
export const DOCUMENTS_DIR = 'documents';
