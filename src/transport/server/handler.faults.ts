import type { Topology } from '../topology/index.js';
import type { ApplicationHandlers } from './application-handlers.js';
import { retryingFaults } from '../option-faults.js';
import { batchFaults } from '../decorators/batch.options.js';
import type { DeclaredHandler } from './handling/declared-handlers.js';
import {
  carries,
  wildcardsOver,
  type HandlerRegistry,
  type PatternEntry,
  type PatternHandlers,
  type RegisteredHandler,
} from './handling/handler.registry.js';
import { patternFault } from './handling/pattern.faults.js';

/** What handlers are checked against at start. */
interface HandlerExpectations {
  readonly topology: Topology;
  /**
   * Whether an idempotency store remembers handled work: not at all, within this process, or beyond it, for later
   * builds.
   */
  readonly remembers: 'nowhere' | 'inProcess' | 'beyond';
  /** Whether another server or transport of the application may take the handlers of a pattern. */
  readonly elsewhere?: (pattern: string, handlers: readonly RegisteredHandler[]) => boolean;
}

/** A sentence for each reason why the handlers cannot work as declared. */
export function handlerFaults(
  registry: HandlerRegistry,
  { topology, remembers, elsewhere = () => false }: HandlerExpectations,
): string[] {
  const { entries } = registry;
  return [
    ...registry.odd.map(
      ({ pattern, handler }) => `${placesOf([handler])}: its pattern ${patternFault(pattern)}`,
    ),
    ...entries.flatMap((entry) =>
      [
        ...claimFaults(entry, entries),
        ...batchFaults(entry.batch ?? {}),
        ...entry.handlers.flatMap(retryingFaults),
        ...broadcastFaults(entry, topology),
        ...(topology.queues.some((queue) => carries(queue, entry.pattern)) ||
        elsewhere(entry.pattern, entry.handlers)
          ? []
          : [uncarried(topology)]),
      ].map((fault) => `${calledAs(entry)}: ${fault}`),
    ),
    ...(remembers === 'nowhere' ? [] : nameFaults(entries, topology, remembers === 'beyond')),
  ];
}

/** A sentence for each harmless oddity. */
export function handlerWarnings(
  registry: HandlerRegistry,
  { queues }: Topology,
  application?: Pick<ApplicationHandlers, 'misplaced' | 'elsewhere'>,
): string[] {
  const { entries } = registry;
  const uncarriedEntries = entries.filter(
    ({ pattern }) => !queues.some((queue) => carries(queue, pattern)),
  );
  return [
    ...queues
      .filter((queue) => queue.patterns.length > 0 && !registry.handles(queue))
      .map(
        ({ name, patterns }) =>
          `Queue ${name} carries ${patterns.join(', ')}, but no handler takes any of it: it is not received from`,
      ),
    ...queues.flatMap((queue) =>
      queue.fallback !== undefined &&
      registry.handles(queue) &&
      !entries.some(({ pattern }) => pattern === queue.fallback)
        ? [
            `Queue ${queue.name} has the fallback "${queue.fallback}", which no handler takes: messages of patterns that no handler takes are dead-lettered`,
          ]
        : [],
    ),
    ...uncarriedEntries
      .filter(({ pattern, handlers }) => application?.elsewhere(pattern, handlers) === 'transport')
      .map(
        (entry) =>
          `No queue carries ${calledAs(entry)}: it is left to the other transports of this application. To say so, name one in its decorator, as in @EventPattern(pattern, Transport.TCP)`,
      ),
    ...(application?.misplaced ?? []).map(
      ({ place }) =>
        `${place} is a handler of a provider, and never called: Nest looks for handlers in the controllers of a module`,
    ),
  ];
}

/** `pattern "order.placed" (Orders.placed)`. */
function calledAs({ pattern, handlers }: PatternHandlers): string {
  const places = placesOf(handlers);
  return `pattern "${pattern}"${places ? ` (${places})` : ''}`;
}

const placesOf = (handlers: readonly RegisteredHandler[]): string =>
  handlers
    .map(({ declared }) => declared?.place ?? '')
    .filter(Boolean)
    .join(', ');

const uncarried = ({ queues }: Topology): string =>
  `no queue carries it; queues: ${queues.map(({ name }) => name).join(', ') || 'none'}. ` +
  'Add it to the patterns of a queue; if another transport is to take it, name that one in its decorator, ' +
  'as in @EventPattern(pattern, Transport.TCP)';

function claimFaults(entry: PatternEntry, entries: readonly PatternEntry[]): string[] {
  const own = entry.conflict ? [`a ${entry.conflict} handler must be its only handler`] : [];
  const over = wildcardsOver(entry, entries).flatMap((wildcard) => {
    const alone = [entry, wildcard].find(({ isEvent, batch }) => batch || !isEvent);
    if (!alone) return [];
    const kind = alone.batch ? 'batch' : 'request';
    return [`a ${kind} handler must be its only handler, and ${calledAs(wildcard)} takes it too`];
  });
  return [...own, ...over];
}

const broadcastFaults = ({ pattern, isEvent }: PatternEntry, { queues }: Topology): string[] =>
  isEvent
    ? []
    : queues
        .filter((queue) => queue.broadcast && carries(queue, pattern))
        .map(
          ({ name }) =>
            `takes requests, which every process would answer, as ${name} is a broadcast`,
        );

const REMEDY = 'give it a name of its own by @HandlerName, on the controller or the method';

/** Work is remembered under its handler's name, so a missing or shared name would confuse the work of two handlers. */
function nameFaults(
  entries: readonly PatternEntry[],
  { queues }: Topology,
  mustLast: boolean,
): string[] {
  const remembered = entries.filter(({ pattern }) =>
    queues.some((queue) => queue.idempotent !== false && carries(queue, pattern)),
  );
  const nameless = remembered.filter(({ handlers }) => handlers.some(({ declared }) => !declared));
  const known = remembered.flatMap(({ pattern, handlers }) =>
    handlers.flatMap(({ declared }) => (declared ? [{ pattern, declared }] : [])),
  );
  return [
    ...nameless.map(
      (entry) =>
        `${calledAs(entry)}: the idempotency store remembers work by its handler's name, which is not known: ` +
        'connect the server by connectSnsSqs() or prepareSnsSqs(), or import SnsSqsModule',
    ),
    ...unique(
      known
        .filter(({ declared }) => mustLast && declared.unstable !== undefined)
        .map(
          ({ declared }) =>
            `handler ${declared.place}: the idempotency store remembers work by its handler's name, and ${declared.unstable}: ` +
            `keep class names in the build, or ${REMEDY}`,
        ),
    ),
    ...unique(
      known.flatMap((one, index) =>
        known
          .slice(0, index)
          .filter((other) => isMistakable(one, other))
          .map(
            (other) =>
              `handlers ${other.declared.place} and ${one.declared.place} are both called "${one.declared.name}", ` +
              `and the idempotency store remembers work by its handler's name: ${REMEDY}`,
          ),
      ),
    ),
  ];
}

interface Named {
  readonly pattern: string;
  readonly declared: DeclaredHandler;
}

/** One method for several patterns is one handler; any two other handlers need different names. */
const isMistakable = (one: Named, other: Named): boolean =>
  one.declared.name === other.declared.name &&
  (one.pattern === other.pattern ||
    one.declared.controller !== other.declared.controller ||
    one.declared.place !== other.declared.place);

const unique = (faults: readonly string[]): string[] => [...new Set(faults)];
