import { Module, type DynamicModule } from '@nestjs/common';
import { SETTINGS, type Settings } from '../../platform/config/index.js';
import { FeedbackTopicsCheck } from './feedback-topics.check.js';
import { SessionFeedbackController } from './session-feedback.controller.js';
import { SessionMetadataController } from './session-metadata.controller.js';
import { SessionsStreamController } from './sessions-stream.controller.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsNotifier } from './sessions.notifier.js';
import {
  DEFAULT_STREAM_OPTIONS,
  NO_NOTIFICATION,
  SESSION_STREAM_OPTIONS,
  SESSIONS_OPTIONS,
  type SessionsOptions,
} from './sessions.options.js';
import { sessionsSettings } from './sessions.settings.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SessionEventHub } from './stream/session-event-hub.js';

/**
 * Sessions: metadata, feedback and their event streams. Needs the settings, a `DocumentStore` and
 * a `SnsSqsClient` from global modules, and `sessionsTopology` in the client's and server's topology.
 */
@Module({
  controllers: [SessionsController, SessionFeedbackController, SessionsStreamController],
  providers: [
    SessionsService,
    SessionsRepository,
    SessionsNotifier,
    FeedbackTopicsCheck,
    SessionEventHub,
    {
      provide: SESSIONS_OPTIONS,
      useFactory: (settings: Settings) => sessionsSettings.of(settings),
      inject: [SETTINGS],
    },
    { provide: SESSION_STREAM_OPTIONS, useValue: DEFAULT_STREAM_OPTIONS },
  ],
  exports: [SessionsService],
})
export class SessionsModule {
  /** Without a metadata queue there is nothing to receive, and the event streams stay silent. */
  static forRoot({ metadataQueueUrl }: SessionsOptions): DynamicModule {
    const controllers = metadataQueueUrl === NO_NOTIFICATION ? [] : [SessionMetadataController];
    return { module: SessionsModule, controllers };
  }
}
