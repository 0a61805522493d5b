import { Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/index.js';
import { SessionFeedbackController } from './session-feedback.controller.js';
import { SessionsStreamController } from './sessions-stream.controller.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsNotifier } from './sessions.notifier.js';
import {
  DEFAULT_STREAM_OPTIONS,
  SESSION_STREAM_OPTIONS,
  SESSIONS_OPTIONS,
  type SessionsOptions,
} from './sessions.options.js';
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
    SessionEventHub,
    {
      provide: SESSIONS_OPTIONS,
      useFactory: (settings: Settings): SessionsOptions => settings.sessions,
      inject: [SETTINGS],
    },
    { provide: SESSION_STREAM_OPTIONS, useValue: DEFAULT_STREAM_OPTIONS },
  ],
  exports: [SessionsService],
})
export class SessionsModule {}
