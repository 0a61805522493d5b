import { NoRouteError, TopologyError } from '../../transport/errors/index.js';
import { MAX_EVENT_NAME_LENGTH } from './bus-event.js';

/** One topic for every event, or topics by the name of the event: exact, or with `*` for any run of characters. */
export type EventTopicsDeclaration = string | Readonly<Record<string, string>>;

const EVERY_EVENT = '*';
const MAX_PATTERNS = 1_000;

/**
 * Chooses the topic of an event: the one whose pattern is its name, else the one with the longest matching pattern. Of
 * two patterns of equal length, the first declared one applies.
 */
export class EventTopics {
  readonly #exact = new Map<string, string>();
  readonly #globs: { readonly pattern: string; readonly topic: string }[] = [];

  /** @throws {TopologyError} for a pattern that no event can have. */
  constructor(declared: EventTopicsDeclaration = {}) {
    const entries = Object.entries(
      typeof declared === 'string' ? { [EVERY_EVENT]: declared } : declared,
    );
    if (entries.length > MAX_PATTERNS) {
      throw new TopologyError(
        `The event bus has ${entries.length} patterns of topics, at most ${MAX_PATTERNS} are allowed`,
      );
    }
    for (const [pattern, topic] of entries) {
      if (pattern === '' || pattern.length > MAX_EVENT_NAME_LENGTH) {
        throw new TopologyError(
          `The event bus sends "${pattern.slice(0, MAX_EVENT_NAME_LENGTH)}" to topic ${topic}: a pattern has 1 to ${MAX_EVENT_NAME_LENGTH} characters`,
        );
      }
      if (pattern.includes('*')) this.#globs.push({ pattern, topic });
      else this.#exact.set(pattern, topic);
    }
    this.#globs.sort((one, other) => other.pattern.length - one.pattern.length);
  }

  /** Each topic once. */
  get all(): string[] {
    return [...new Set([...this.#exact.values(), ...this.#globs.map(({ topic }) => topic)])];
  }

  /** @throws {NoRouteError} when no pattern fits. */
  topicOf(eventName: string): string {
    const topic =
      this.#exact.get(eventName) ??
      this.#globs.find(({ pattern }) => fitsGlob(pattern, eventName))?.topic;
    if (topic !== undefined) return topic;
    const patterns = [...this.#exact.keys(), ...this.#globs.map(({ pattern }) => pattern)];
    throw new NoRouteError(
      `No topic of the event bus takes the event ${eventName}; its patterns: ${patterns.join(', ') || 'none'}. Add one to its topics`,
    );
  }
}

/**
 * Whether a text matches a pattern in which each `*` stands for any run of characters. Takes at most as many steps as
 * the product of their lengths, unlike a regular expression.
 */
export function fitsGlob(pattern: string, text: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let afterStar = 0;
  while (at < text.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern++;
      afterStar = at;
    } else if (pattern[inPattern] === text[at]) {
      inPattern++;
      at++;
    } else if (star >= 0) {
      // The last star takes one character more; the part before it has matched as early as possible.
      inPattern = star + 1;
      at = ++afterStar;
    } else return false;
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
