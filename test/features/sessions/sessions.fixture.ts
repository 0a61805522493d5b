import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AwsClients } from '../../../src/aws/index.js';
import {
  LIVE_UPDATE_PATTERN,
  SessionsModule,
  SessionsService,
  type SessionHook,
  type SessionsOptions,
} from '../../../src/features/sessions/index.js';
import { SessionDeletionService } from '../../../src/features/sessions/session-deletion.service.js';
import { HealthIndicatorService } from '@nestjs/terminus';
import { HealthNotes } from '../../../src/platform/health/index.js';
import { MESSAGE_KIND, Outbox } from '../../../src/platform/outbox/index.js';
import { MetricsRegistry } from '../../../src/platform/telemetry/metrics/index.js';
import { createDocumentStore, DocumentStore } from '../../../src/platform/persistence/index.js';

export const OPTIONS: SessionsOptions = {
  feedbackTopics: { good: 'feedback-good', bad: 'feedback-bad', neutral: 'feedback-neutral' },
  metadataQueueUrl: 'metadata-updates',
  metadataFields: [],
  liveTopic: 'session-updates',
  queueDepthWarning: 1000,
  expiry: {},
};

@Global()
@Module({})
class Surroundings {
  static of(store: DocumentStore, aws: AwsClients): DynamicModule {
    const providers = [
      { provide: DocumentStore, useValue: store },
      { provide: AwsClients, useValue: aws },
      { provide: MetricsRegistry, useValue: new MetricsRegistry('weft') },
      { provide: HealthNotes, useValue: new HealthNotes(new HealthIndicatorService()) },
      Outbox,
    ];
    return { module: Surroundings, providers, exports: providers };
  }
}

/** A message as it is given to the transport. */
export interface SentMessage {
  readonly pattern: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly group?: string;
}

let openStore = (): Promise<DocumentStore> => createDocumentStore({ kind: 'embedded' });

/** Has these suites keep their documents elsewhere than in memory: each call makes a store of its own. */
export function storesFrom(open: () => Promise<DocumentStore>): void {
  openStore = open;
}

/** An empty store of this suite. */
export const newStore = (): Promise<DocumentStore> => openStore();

/** Sessions over documents of their own; what would be sent is kept. */
export async function createSessions(
  options: Partial<SessionsOptions> & { readonly hooks?: readonly SessionHook[] } = {},
  store?: DocumentStore,
) {
  const { hooks = [], ...rest } = options;
  const documents = store ?? (await newStore());
  const aws = new AwsClients({ region: 'us-east-1' });
  const module = await Test.createTestingModule({
    imports: [
      Surroundings.of(documents, aws),
      SessionsModule.forRoot({ options: { ...OPTIONS, ...rest }, hooks }),
    ],
  }).compile();
  const outbox = module.get(Outbox);
  const sent: SentMessage[] = [];
  outbox.handle(MESSAGE_KIND, (data) => {
    sent.push(data as SentMessage);
    return Promise.resolve();
  });
  return {
    module,
    store: documents,
    outbox,
    /** What went out so far, without what instances tell one another. */
    sent: async () => {
      await outbox.flush();
      return sent.filter(({ pattern }) => pattern !== LIVE_UPDATE_PATTERN);
    },
    service: module.get(SessionsService),
    deletion: module.get(SessionDeletionService),
  };
}

/** A message with a text. */
export const message = (text: string, role = 'user') => ({
  message: { role, content: [{ text }] },
  redact_message: null,
  event_loop_metrics: null,
});

export const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
