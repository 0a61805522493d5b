import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { refuseUnmetConditions } from './conditional-writes.js';
import { EMBEDDED_ACCOUNT_ID, LOOPBACK } from './embedded.constants.js';
import { guard } from './gate/gate.js';
import type { StackCredentials } from './gate/stack-credentials.js';
import { QueueWrites } from './queue-writes.js';
import { undoRefusedChanges } from './undone-changes.js';
import { internalOf, loadFauxqs, type Fauxqs, type PersistenceManager } from './fauxqs.js';

/** Turns of the event loop in which every answer to a long poll has been written; two suffice. */
const TURNS_TO_ANSWER = 5;

/** SNS, SQS and S3 in this process. */
export interface EmbeddedQueues {
  readonly endpoint: string;
  endLongPolls(): void;
  createBucket(name: string): void;
  stop(): Promise<void>;
}

/**
 * Starts fauxqs on a free port of the loopback interface.
 *
 * @param region where its queues and topics are
 * @param credentials the credentials that callers sign with
 * @param dataDir where it keeps its data; left out, in memory
 */
export async function startQueues(
  region: string,
  credentials: StackCredentials,
  dataDir?: string,
): Promise<EmbeddedQueues> {
  const fauxqs = await loadFauxqs();
  const stores = {
    sqsStore: new fauxqs.SqsStore(),
    snsStore: new fauxqs.SnsStore(),
    s3Store: new fauxqs.S3Store(),
  };
  // Queue URLs then name the address the request came to, which any client can resolve.
  stores.sqsStore.host = '';
  const app = fauxqs.buildApp({ logger: false, defaultRegion: region, stores });
  app.addHook('preHandler', refuseUnmetConditions(stores.s3Store));
  guard(app.server, credentials);
  const endpoint = await app.listen({ port: 0, host: LOOPBACK });

  let persistence: PersistenceManager | undefined;
  try {
    if (dataDir !== undefined) persistence = keep(fauxqs, stores, dataDir, endpoint);
  } catch (error) {
    await app.close();
    throw error;
  }
  return {
    endpoint,
    // In fauxqs, shutdown only answers open long polls.
    endLongPolls: () => stores.sqsStore.shutdown(),
    createBucket: (name) => stores.s3Store.createBucket(name),
    async stop() {
      // Answers open long polls. fauxqs does so itself while it closes, but then cuts their sockets
      // before the answers are out.
      stores.sqsStore.shutdown();
      for (let turn = 0; turn < TURNS_TO_ANSWER; turn++) await nextTurn();
      await app.close();
      persistence?.close();
    },
  };
}

type Stores = {
  [K in 'sqsStore' | 'snsStore' | 's3Store']: InstanceType<Fauxqs[Capitalize<K>]>;
};

function keep(
  fauxqs: Fauxqs,
  { sqsStore, snsStore, s3Store }: Stores,
  dataDir: string,
  endpoint: string,
): PersistenceManager {
  const persistence = new fauxqs.PersistenceManager(dataDir);
  const database = internalOf(
    persistence,
    'db',
    (db): db is DatabaseSync => db instanceof DatabaseSync,
  );
  try {
    // Commits do not wait for the disk, which would cost four times as much: the operating system keeps SQLite's writes
    // when this process is killed, and the stack is for a laptop.
    database.exec('PRAGMA synchronous = NORMAL');
    moveQueues(database, endpoint);
    repairRelease(persistence, database);
    // Loaded before it is attached to the stores, which would otherwise write each row again.
    persistence.load(sqsStore, snsStore, s3Store);
  } catch (error) {
    persistence.close();
    throw error;
  }
  sqsStore.persistence = persistence;
  snsStore.persistence = persistence;
  s3Store.persistence = persistence;
  const writes = new QueueWrites(persistence, database);
  for (const queue of sqsStore.allQueues()) {
    queue.persistence = persistence;
    writes.watch(queue);
  }
  const createQueue = sqsStore.createQueue.bind(sqsStore);
  sqsStore.createQueue = (...args) => {
    const queue = createQueue(...args);
    writes.watch(queue);
    return queue;
  };
  undoRefusedChanges(s3Store, snsStore, database);
  return persistence;
}

/** The port changes with each start. fauxqs finds a queue by the path of its URL alone. */
function moveQueues(database: DatabaseSync, endpoint: string): void {
  database
    .prepare('UPDATE sqs_queues SET url = ? || name')
    .run(`${endpoint}/${EMBEDDED_ACCOUNT_ID}/`);
}

/**
 * fauxqs 2.4.1 sets the receive count of a message to NULL when its visibility is
 * set to 0, which its own table refuses: the call fails and the message is gone
 * until the next start. AWS keeps the count.
 */
function repairRelease(persistence: PersistenceManager, database: DatabaseSync): void {
  const release = database.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => void release.run(messageId);
}
