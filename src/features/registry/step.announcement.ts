import { outboxEntry, type OutboxEntry } from '../../platform/outbox/index.js';
import { LINEAGE_KIND } from './lineage/lineage.constants.js';
import type { StepDocument } from './registry.documents.js';
import { happened, inputCount, outputCount, stepEvent } from './registry.events.js';

/** What has to follow from a change of a step, as entries of its outbox: an Event, and its edges. */
export function announceStep(before: StepDocument, after: StepDocument, by: string): OutboxEntry[] {
  const hasLineage = [before, after].some((step) => inputCount(step) + outputCount(step) > 0);
  return [
    stepEvent(happened(before, after.status), after, by),
    ...(hasLineage ? [outboxEntry(LINEAGE_KIND, {}, { key: LINEAGE_KIND })] : []),
  ];
}

/** Whether the step's edges follow from what was announced. */
export const changesLineage = (entries: readonly OutboxEntry[]): boolean =>
  entries.some(({ kind }) => kind === LINEAGE_KIND);
