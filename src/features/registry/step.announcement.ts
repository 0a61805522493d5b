import { outboxEntry, type OutboxEntry } from '../../platform/outbox/index.js';
import { LINEAGE_KIND } from './lineage/lineage.constants.js';
import { OPENLINEAGE_HANDLER, TO_TOPIC_KIND } from './lineage/openlineage/openlineage.constants.js';
import type { StepDocument } from './registry.documents.js';
import { happened, inputCount, outputCount, stepEvent } from './registry.events.js';

/** The outbox entries of a step's change: an Event, its edges, and an OpenLineage event when it ends. */
export function announceStep(before: StepDocument, after: StepDocument, by: string): OutboxEntry[] {
  const what = happened(before, after.status);
  const isSent = what === 'completed' && after.handler_type !== OPENLINEAGE_HANDLER;
  const hasLineage = [before, after].some((step) => inputCount(step) + outputCount(step) > 0);
  return [
    stepEvent(what, after, by),
    ...(hasLineage ? [outboxEntry(LINEAGE_KIND, {}, { key: LINEAGE_KIND })] : []),
    ...(isSent ? [outboxEntry(TO_TOPIC_KIND, {}, { key: TO_TOPIC_KIND })] : []),
  ];
}

/** Whether the announcements include the step's edges. */
export const changesLineage = (entries: readonly OutboxEntry[]): boolean =>
  entries.some(({ kind }) => kind === LINEAGE_KIND);
