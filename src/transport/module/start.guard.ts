import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { TopologyError } from '../errors/index.js';
import { internalsOf } from '../server/server.internals.js';
import { SnsSqsServer } from '../server/sns-sqs.server.js';

/** Time an application may take from its init to the start of its microservices. */
const START_GRACE_MS = 10_000;

/** Warns an application that has handlers and never receives messages for them. */
@Injectable()
export class StartGuard implements OnApplicationBootstrap {
  readonly #logger = new Logger('SnsSqsModule');

  constructor(
    private readonly server: SnsSqsServer,
    private readonly http: HttpAdapterHost,
  ) {}

  /** @throws TopologyError when the server was not connected before `app.init()`. */
  onApplicationBootstrap(): void {
    const internals = internalsOf(this.server);
    const handlers = internals.idleHandlers().join(', ');
    const state = internals.state();
    if (handlers === '' || state === 'started') return;
    // A script may create a context of the same module only to use its services.
    const isContext = !(this.http.httpAdapter as unknown);
    if (state === 'unconnected' && isContext)
      this.#logger.warn('Handlers receive no messages: this application context has no servers', {
        handlers,
      });
    else if (state === 'unconnected')
      throw new TopologyError(
        `The handlers of ${handlers} would receive no messages, because the server is not connected. Call connectSnsSqs(app) ` +
          'before app.init(), and app.startAllMicroservices() after it; for a process that only sends, set server: { consume: [] }',
      );
    else this.#warnUnlessStarted(handlers);
  }

  #warnUnlessStarted(handlers: string): void {
    const warn = (): void => {
      if (internalsOf(this.server).state() === 'connected')
        this.#logger.warn(
          'Handlers receive no messages: call app.startAllMicroservices() after app.init()',
          { handlers },
        );
    };
    setTimeout(warn, START_GRACE_MS).unref();
  }
}
