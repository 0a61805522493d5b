import { fromStoredKeys } from '../../platform/persistence/index.js';
import { viewOfAgent } from './agents/agent.js';
import { shownFeedbacks } from './feedback/feedback.service.js';
import { SHOWN_WITH_SESSION } from './sessions.constants.js';
import type { SessionSummary, SessionView } from './sessions.dto.js';
import type { SessionPart } from './sessions.repository.js';

/** The projection of a session in a list. */
export const SUMMARY = {
  application_name: 1,
  session_type: 1,
  created_at: 1,
  updated_at: 1,
  metadata: 1,
  sequence: 1,
} as const;

/** The projection of a single session. */
export const WHOLE = { ...SUMMARY, feedbacks: 1, guardrail_events: 1, agents: 1 } as const;

export function summaryOf(session: SessionPart): SessionSummary {
  const { _id: session_id } = session;
  return {
    session_id,
    application_name: session.application_name ?? null,
    session_type: session.session_type ?? null,
    created_at: session.created_at ?? '',
    updated_at: session.updated_at ?? '',
    metadata: fromStoredKeys(session.metadata ?? {}),
    sequence: session.sequence ?? 0,
  };
}

/** All fields except secrets and internal ones; only the newest entries of long lists. */
export function viewOf(session: SessionPart): SessionView {
  const { feedbacks = [], guardrail_events = [], agents = {} } = session;
  return {
    ...summaryOf(session),
    feedbacks: shownFeedbacks(feedbacks, SHOWN_WITH_SESSION),
    guardrail_events: guardrail_events
      .slice(-SHOWN_WITH_SESSION)
      .toReversed()
      .map((event) => ({ ...event, event: fromStoredKeys(event.event) })),
    agents: Object.fromEntries(
      Object.values(agents).map((agent) => [agent.agent_id, viewOfAgent(agent)]),
    ),
  };
}
