import 'reflect-metadata';
import { bootstrap } from '../../../../src/app/bootstrap.js';
import { loadServiceSettings } from '../../../../src/app/service-settings.js';

/** What the process that is killed is told. */
export interface ServiceTask {
  /** Of SNS and SQS. */
  readonly endpoint: string;
  readonly dataDir: string;
}

process.on('message', (task: ServiceTask) => void start(task));
process.send?.('loaded');

/** The whole service, with queues that outlive it. What it remembers of messages it does not: the database has to. */
async function start({ endpoint, dataDir }: ServiceTask): Promise<void> {
  process.env['AWS_ACCESS_KEY_ID'] = 'test';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  const settings = loadServiceSettings({
    WEFT_DATA_DIR: dataDir,
    WEFT_CONSUME: 'query',
    LOG_LEVEL: 'silent',
    PORT: '0',
  });
  await bootstrap({ ...settings, stack: 'aws', endpoint }, { logger: false });
  process.send?.('receiving');
}
