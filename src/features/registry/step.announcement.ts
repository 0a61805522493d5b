import { outboxEntry, type OutboxEntry } from '../../platform/outbox/index.js';
import { LINEAGE_KIND } from './lineage/lineage.constants.js';
import { OPENLINEAGE_HANDLER, TO_TOPIC_KIND } from './lineage/openlineage/openlineage.constants.js';
import type { StepDocument } from './registry.documents.js';
import { happened, inputCount, outputCount, stepEvent } from './registry.events.js';

/** What has to follow from a change of a step, as entries of its outbox: an Event, its edges, and an OpenLineage event of its end. */
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

/** Whether the step's edges follow from what was announced. */
export const changesLineage = (entries: readonly OutboxEntry[]): boolean =>
  entries.some(({ kind }) => kind === LINEAGE_KIND);
