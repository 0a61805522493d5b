/** Nothing of the embedded stack checks a signature, so it is never reachable from outside. */
export const LOOPBACK = '127.0.0.1';

export const EMBEDDED_REGION = 'us-east-1';

/** Keeps everything in memory; nothing is left when the process ends. */
export const IN_MEMORY = ':memory:';

/** The account the emulators put into ARNs and queue URLs. */
export const EMBEDDED_ACCOUNT_ID = '000000000000';

/** The SDK signs with these; nobody checks. */
export const EMBEDDED_CREDENTIALS = { accessKeyId: 'embedded', secretAccessKey: 'embedded' };

/** The parts of a data folder. */
export const QUEUES_DIR = 'queues';
export const TABLES_DIR = 'tables';
export const DOCUMENTS_DIR = 'documents';
