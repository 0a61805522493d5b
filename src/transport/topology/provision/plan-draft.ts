import type { TopologyChange } from './topology-change.js';
import type { TopologyState } from './topology-state.js';

/** One change and how it is made. */
export interface Step {
  readonly change: TopologyChange;
  /** What it makes is entered into the state. */
  readonly apply: (state: TopologyState) => Promise<void>;
}

/** What is found out while AWS is looked at. */
export class PlanDraft {
  /** Problems that no change from here can solve, in words. */
  readonly problems: string[] = [];
  /** Worth a line in the log, and nothing else. */
  readonly warnings: string[] = [];

  constructor(
    /** Whether settings are compared and what is missing can be made; otherwise names are looked up and no more. */
    readonly compares: boolean,
  ) {}
}
