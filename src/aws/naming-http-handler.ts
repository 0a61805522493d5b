import { NodeHttpHandler } from '@smithy/node-http-handler';

import { named } from './inner-errors.js';

/** The SDK's own handler, whose errors name the addresses that could not be reached. */
export class NamingHttpHandler extends NodeHttpHandler {
  override async handle(
    ...call: Parameters<NodeHttpHandler['handle']>
  ): ReturnType<NodeHttpHandler['handle']> {
    try {
      return await super.handle(...call);
    } catch (error) {
      throw named(error);
    }
  }
}
