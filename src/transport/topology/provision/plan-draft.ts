import type { TopologyChange } from './topology-change.js';
import type { TopologyState } from './topology-state.js';

/** One change and how it is made. */
export interface Step {
  readonly change: TopologyChange;
  /** Enters the result into the state. */
  readonly apply: (state: TopologyState) => Promise<void>;
}

/** The findings while AWS is compared with the topology. */
export class PlanDraft {
  /** Problems that no change can solve, as texts. */
  readonly problems: string[] = [];
  /** Warnings for the log. */
  readonly warnings: string[] = [];

  constructor(
    /** Whether settings are compared and missing resources can be created; otherwise names are only looked up. */
    readonly compares: boolean,
  ) {}
}
