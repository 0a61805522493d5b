import type {
  BrokerCopy,
  BrokerMessage,
  BrokerQueue,
  ReceiveRequest,
  VisibilityChange,
} from '../../src/transport/broker/broker.queue.js';
import type { EntryOutcome } from '../../src/transport/call-batching/entry-batcher.js';
import { pause, type Clock } from '../../src/transport/clock.js';
import { refusingSome } from './refused-entries.js';

export type Call = 'receive' | 'delete' | 'changeVisibility' | 'send';

/** What goes wrong between a process and its queue; shares from 0 to 1. */
export interface Trouble {
  readonly random: () => number;
  /** Milliseconds a call takes at most, in equal parts on its way there and back. @defaultValue 0 */
  readonly latencyMs?: number;
  /** Calls that never arrive. */
  readonly lostCalls?: number;
  /** Calls that take effect, and whose answer is lost. */
  readonly lostAnswers?: number;
  /** Entries of a batch that are refused. */
  readonly refused?: number;
  /** Calls whose answer stalls for so many milliseconds, and whether they take effect before or after. */
  readonly stalls?: { readonly share: number; readonly ms: number };
  /** Calls this happens to. @defaultValue all */
  readonly on?: readonly Call[];
}

const never = new AbortController().signal;

/** A queue behind a network. */
export class UnreliableQueue implements BrokerQueue {
  constructor(
    private readonly queue: BrokerQueue,
    private readonly clock: Clock,
    private readonly trouble: Trouble,
  ) {}

  receive(request: ReceiveRequest): Promise<readonly BrokerMessage[]> {
    return this.#call('receive', () => this.queue.receive(request));
  }

  delete(handles: readonly string[]): Promise<EntryOutcome[]> {
    return this.#call('delete', () =>
      this.#each('delete', handles, (some) => this.queue.delete(some)),
    );
  }

  changeVisibility(changes: readonly VisibilityChange[]): Promise<EntryOutcome[]> {
    return this.#call('changeVisibility', () =>
      this.#each('changeVisibility', changes, (some) => this.queue.changeVisibility(some)),
    );
  }

  send(copy: BrokerCopy): Promise<void> {
    return this.#call('send', () => this.queue.send(copy));
  }

  async #call<T>(call: Call, act: () => Promise<T>): Promise<T> {
    const { latencyMs = 0, lostCalls, lostAnswers, stalls } = this.trouble;
    await this.#passes(latencyMs / 2);
    if (this.#strikes(call, lostCalls)) throw reset();
    const stalled = this.#strikes(call, stalls?.share);
    const first = stalled && this.trouble.random() < 0.5;
    if (stalled && first) await pause(this.clock, stalls?.ms ?? 0, never);
    const answer = await act();
    if (stalled && !first) await pause(this.clock, stalls?.ms ?? 0, never);
    if (this.#strikes(call, lostAnswers)) throw reset();
    await this.#passes(latencyMs / 2);
    return answer;
  }

  #each<T>(
    call: Call,
    entries: readonly T[],
    act: (entries: readonly T[]) => Promise<EntryOutcome[]>,
  ): Promise<EntryOutcome[]> {
    const isRefused = (): boolean => this.#strikes(call, this.trouble.refused);
    return refusingSome(entries, isRefused, async (some) => (some.length > 0 ? act(some) : []));
  }

  #strikes(call: Call, share = 0): boolean {
    const { on, random } = this.trouble;
    return share > 0 && (on?.includes(call) ?? true) && random() < share;
  }

  async #passes(maxMs: number): Promise<void> {
    if (maxMs > 0) await pause(this.clock, this.trouble.random() * maxMs, never);
  }
}

const reset = (): Error => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
