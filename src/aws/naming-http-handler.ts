import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler';

import { destroyedClient } from './destroyed-client.js';
import { named } from './inner-errors.js';
import { endWhenStalled } from './whole-answers.js';

/**
 * The SDK's own handler. Its errors name the addresses that could not be reached, and its `requestTimeout` also holds
 * between two parts of a body.
 */
export class NamingHttpHandler extends NodeHttpHandler {
  #destroyed = false;

  constructor(
    private readonly limits: NodeHttpHandlerOptions & { readonly requestTimeout: number },
  ) {
    super(limits);
  }

  override async handle(
    ...call: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    try {
      if (this.#destroyed) throw destroyedClient();
      const answer = await super.handle(...call);
      endWhenStalled(answer.response.body, this.limits.requestTimeout);
      return answer;
    } catch (error) {
      throw named(error);
    }
  }

  /** As that of `UndiciHandler`. */
  override destroy(): void {
    this.#destroyed = true;
    super.destroy();
  }
}
