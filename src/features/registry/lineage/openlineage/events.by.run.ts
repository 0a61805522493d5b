import { createHash } from 'node:crypto';
import { PRODUCER } from './openlineage.constants.js';
import type { ReadEvent, ReadJob } from './read-event.js';

/** Events of one run, in order of arrival. */
export type RunEvents = readonly [ReadEvent, ...ReadEvent[]];

/** Groups events by the id of their step; events without a step are dropped. */
export function byRun(events: readonly ReadEvent[]): Map<string, RunEvents> {
  const runs = new Map<string, [ReadEvent, ...ReadEvent[]]>();
  for (const event of events) {
    // Our own events are already in the registry.
    const id = event.producer === PRODUCER ? undefined : (event.runId ?? staticId(event));
    if (id === undefined) continue;
    const known = runs.get(id);
    if (known) known.push(event);
    else runs.set(id, [event]);
  }
  return runs;
}

/** The id of the step for a job or dataset event; undefined for an event without data. */
function staticId(event: ReadEvent): string | undefined {
  if (!hasData(event) || (event.job === undefined && event.inputs.length === 0)) return undefined;
  const { namespace, name } = staticJob(event);
  return `openlineage-${hashOf([namespace, name])}`;
}

export const staticJob = ({ job, outputs }: ReadEvent): ReadJob =>
  job ?? { namespace: 'dataset', name: outputs[0]?.location.slice(-256) ?? '' };

export const complete = (event: ReadEvent): ReadEvent => ({ ...event, eventType: 'COMPLETE' });

export const hasData = ({ inputs, outputs }: ReadEvent): boolean =>
  inputs.length + outputs.length > 0;

export function firstOf<T>(
  events: RunEvents,
  what: (event: ReadEvent) => T | undefined,
): T | undefined {
  for (const event of events) {
    const found = what(event);
    if (found !== undefined) return found;
  }
  return undefined;
}

const hashOf = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
