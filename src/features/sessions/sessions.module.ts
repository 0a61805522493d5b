import { Module, type DynamicModule } from '@nestjs/common';
import { AgentsService } from './agents/agents.service.js';
import { SessionAgentsController } from './agents/agents.controller.js';
import { FeedbackTopicsCheck } from './feedback-topics.check.js';
import { SessionFeedbackController } from './feedback/feedback.controller.js';
import { FeedbackService } from './feedback/feedback.service.js';
import { MessageEditsService } from './messages/message-edits.service.js';
import { MessagePages } from './messages/message-pages.js';
import { SessionMessagesController } from './messages/messages.controller.js';
import { MessagesService } from './messages/messages.service.js';
import { MetadataService } from './metadata/metadata.service.js';
import {
  createFeedbackSnsHook,
  createLiveUpdatesHook,
  createMetadataSqsHook,
  type FeedbackTemplate,
} from './notifications/aws-hooks.js';
import { HookRunner } from './notifications/hook-runner.js';
import { LiveUpdatesController } from './notifications/live-updates.controller.js';
import { QueueMonitor } from './notifications/queue.monitor.js';
import { SESSION_HOOKS, type SessionHook } from './notifications/session-hooks.js';
import { SessionDeletionService } from './session-deletion.service.js';
import { SharedPages } from './shared-pages.js';
import { SessionForksService } from './session-forks.service.js';
import { SessionLifecycleService } from './session-lifecycle.service.js';
import { SessionsController } from './sessions.controller.js';
import {
  DEFAULT_STREAM_OPTIONS,
  SESSION_STREAM_OPTIONS,
  SESSIONS_OPTIONS,
  type SessionsOptions,
} from './sessions.options.js';
import { SessionsRepository } from './sessions.repository.js';
import { SessionsService } from './sessions.service.js';
import { SessionEventHub } from './stream/session-event-hub.js';
import { SessionViewerController } from './viewer/viewer.controller.js';

export interface SessionsModuleOptions {
  readonly options: SessionsOptions;
  /** Hooks of your own, called after those of SNS and SQS. Default: none. */
  readonly hooks?: readonly SessionHook[];
  /** Writes the text of a feedback's SNS message. Default: the seed's text. */
  readonly feedbackTemplate?: FeedbackTemplate;
}

/**
 * Sessions: metadata, feedback, agents with their messages, and event streams. Needs a
 * `DocumentStore`, an `Outbox` and a `SnsSqsClient` from global modules, and
 * `sessionsTopology` in the client's and server's topology.
 *
 * @example
 * SessionsModule.forRoot({ options, hooks: [{ beforeFeedback: refuseAddresses }] });
 */
@Module({})
export class SessionsModule {
  static forRoot({ options, hooks = [], feedbackTemplate }: SessionsModuleOptions): DynamicModule {
    const all: readonly SessionHook[] = [
      createFeedbackSnsHook(options.feedbackTopics, feedbackTemplate),
      createMetadataSqsHook(options.metadataQueueUrl),
      createLiveUpdatesHook(),
      ...hooks,
    ];
    return {
      module: SessionsModule,
      controllers: [
        SessionsController,
        SessionFeedbackController,
        SessionAgentsController,
        SessionMessagesController,
        SessionViewerController,
        LiveUpdatesController,
      ],
      providers: [
        SessionsService,
        SessionLifecycleService,
        SessionDeletionService,
        SessionForksService,
        SharedPages,
        FeedbackTopicsCheck,
        SessionsRepository,
        MetadataService,
        FeedbackService,
        AgentsService,
        MessagesService,
        MessageEditsService,
        MessagePages,
        HookRunner,
        QueueMonitor,
        SessionEventHub,
        { provide: SESSIONS_OPTIONS, useValue: options },
        { provide: SESSION_HOOKS, useValue: all },
        { provide: SESSION_STREAM_OPTIONS, useValue: DEFAULT_STREAM_OPTIONS },
      ],
      exports: [SessionsService],
    };
  }
}
