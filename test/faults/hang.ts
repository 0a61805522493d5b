import {
  Fault,
  type FaultOptions,
  type Forward,
  type ProxiedAnswer,
  type ProxiedRequest,
} from '../../src/testing/index.js';

interface HangOptions extends FaultOptions {
  /** Whether the request has its effect before the connection falls silent. */
  readonly afterEffect: boolean;
}

/** The connection stays open, and no answer comes: whoever waits gives up by its own time limit. */
class HangFault extends Fault {
  constructor(private readonly hang: HangOptions) {
    super(hang);
  }

  override async pass(request: ProxiedRequest, forward: Forward): Promise<ProxiedAnswer> {
    if (!this.strikes()) return forward(request);
    if (this.hang.afterEffect) await forward(request);
    return Promise.withResolvers<ProxiedAnswer>().promise;
  }
}

export const hang = (options: HangOptions): Fault => new HangFault(options);
