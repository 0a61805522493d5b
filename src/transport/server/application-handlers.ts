import type { ModulesContainer } from '@nestjs/core';

import { TopologyError } from '../errors/index.js';
import { SNS_SQS } from '../sns-sqs.constants.js';
import { findInternals } from './server.internals.js';
import {
  declaredHandlers,
  misplacedHandlers,
  type DeclaredHandler,
} from './handling/declared-handlers.js';
import type { RegisteredHandler } from './handling/handler.registry.js';
import { patternFault } from './handling/pattern.faults.js';

/** The part of a server that decides which handlers it takes. */
interface Target {
  readonly transportId?: unknown;
}

/** The handlers of an application that belong to one server. */
export class ApplicationHandlers {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly server: Target,
  ) {}

  /** In the order in which Nest registers them with the server. */
  get own(): readonly DeclaredHandler[] {
    return declaredHandlers(this.modules).filter((handler) => fits(handler, this.server));
  }

  /** Whether Nest registers handlers with the server. */
  get isConnected(): boolean {
    return this.#targets().includes(this.server);
  }

  /** Decorated methods of providers, which Nest never calls. */
  get misplaced(): readonly DeclaredHandler[] {
    return misplacedHandlers(this.modules).filter((handler) => fits(handler, this.server));
  }

  /** Faults of handlers with this transport's decorators that no server of the application takes. */
  get orphanFaults(): readonly string[] {
    const targets = this.#targets();
    if (targets.some(({ transportId }) => transportId === SNS_SQS)) return [];
    return declaredHandlers(this.modules)
      .filter(({ transport }) => transport === SNS_SQS)
      .map(
        ({ place }) =>
          `${place}: no server takes it, as each has a transportId of its own: name one in the decorator, as in @OnEvent(pattern, { transport })`,
      );
  }

  /** @throws TopologyError naming each handler without a valid pattern; Nest itself fails at some of them. */
  checkPatterns(): void {
    const faults = this.own.flatMap(({ place, pattern }) => {
      const fault = patternFault(pattern);
      return fault === undefined ? [] : [`${place}: its pattern ${fault}`];
    });
    if (faults.length > 0) throw unfit(faults);
  }

  /**
   * Names what else may take the handlers of a pattern: another server of this kind whose queues carry it, or, unless a
   * decorator excludes it, another transport.
   */
  elsewhere(
    pattern: string,
    handlers: readonly RegisteredHandler[],
  ): 'server' | 'transport' | undefined {
    const others = this.#targets().filter((target) => target !== this.server);
    const fitting = others.filter((target) =>
      handlers.every(({ declared }) => declared && fits(declared, target)),
    );
    if (fitting.some((target) => findInternals(target)?.carries(pattern))) return 'server';
    return fitting.some((target) => !findInternals(target)) ? 'transport' : undefined;
  }

  /** Every server that handlers of the application are registered with. */
  #targets(): readonly Target[] {
    const targets: Target[] = [];
    this.modules
      .getRpcTargetRegistry<Target>()
      .subscribe((target) => void targets.push(target))
      .unsubscribe();
    return targets;
  }
}

export const unfit = (faults: readonly string[]): TopologyError =>
  new TopologyError(`Handlers and queues do not match:\n  ${faults.join('\n  ')}`, {
    details: { faults },
  });

/** The rule by which Nest chooses the handlers of a server. */
const fits = ({ transport }: DeclaredHandler, { transportId }: Target): boolean =>
  transport === undefined || transportId === undefined || transport === transportId;
