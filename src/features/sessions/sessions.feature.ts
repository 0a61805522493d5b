import type { Feature } from '../../messaging/index.js';
import { SessionsModule } from './sessions.module.js';
import { NO_NOTIFICATION } from './sessions.options.js';
import { sessionsSettings } from './sessions.settings.js';
import { liveQueue, sessionsTopology } from './sessions.topology.js';

const state = (destination: string): 'on' | 'off' =>
  destination === NO_NOTIFICATION ? 'off' : 'on';

/**
 * Sessions over HTTP, with their notifications. The role `sessions` receives changes for the browsers connected to this
 * instance.
 */
export const sessionsFeature: Feature = {
  name: 'sessions',
  module: (settings) => SessionsModule.forRoot({ options: sessionsSettings.of(settings) }),
  topology: (settings) => sessionsTopology(sessionsSettings.of(settings)),
  roles: {
    sessions: (settings) => [liveQueue(sessionsSettings.of(settings).liveTopic)],
  },
  switches(settings) {
    const { feedbackTopics, metadataQueueUrl } = sessionsSettings.of(settings);
    return {
      feedback_good: state(feedbackTopics.good),
      feedback_bad: state(feedbackTopics.bad),
      feedback_neutral: state(feedbackTopics.neutral),
      metadata: state(metadataQueueUrl),
    };
  },
  settings: sessionsSettings,
};
