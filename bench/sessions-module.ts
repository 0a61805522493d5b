import { Global, Module, type Type } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import type { SnsSqsClient } from 'nestjs-sns-sqs';
import { SnsSqsClient as Client } from 'nestjs-sns-sqs';
import { AwsClients } from 'nestjs-sns-sqs/aws';
import { HealthNotes } from 'weft/health';
import { OutboxModule } from 'weft/outbox';
import { DocumentStore } from 'weft/persistence';
import { SessionsModule, type SessionsOptions } from 'weft/sessions';
import { MetricsRegistry } from 'weft/telemetry/metrics';

/** Sessions as a user's own application has them, for the processes that are measured. */
export function sessionsModule(
  options: SessionsOptions,
  store: DocumentStore,
  client: SnsSqsClient,
  aws: AwsClients,
): Type {
  const surroundings = [
    { provide: DocumentStore, useValue: store },
    { provide: Client, useValue: client },
    { provide: AwsClients, useValue: aws },
    { provide: MetricsRegistry, useValue: new MetricsRegistry('bench') },
    { provide: HealthNotes, useValue: new HealthNotes(new HealthIndicatorService()) },
  ];
  @Global()
  @Module({ providers: surroundings, exports: surroundings })
  class Surroundings {}
  @Module({ imports: [Surroundings, OutboxModule, SessionsModule.forRoot({ options })] })
  class AppModule {}
  return AppModule;
}

/** Where the changes of a measurement go. */
export const sessionsOptions = (announced: boolean): SessionsOptions => ({
  feedbackTopics: { good: announced ? 'bench-good' : 'none', bad: 'none', neutral: 'none' },
  metadataQueueUrl: announced ? 'bench-metadata' : 'none',
  metadataFields: announced ? [] : ['none of them'],
  liveTopic: 'bench-updates',
  queueDepthWarning: 1_000_000,
  expiry: {},
});
