import type { NextFunction, Request, Response } from 'express';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { systemClock } from '../../transport/clock.js';
import { PendingCounter } from '../../common/pending-counter.js';
import { atMost } from '../../common/at-most.js';
import { HTTP_DRAIN_TIMEOUT_MS } from './http.constants.js';

/**
 * Tracks pending answers, so that closing waits for those that end and ends event streams, which would otherwise keep
 * the server open for as long as their browsers stay.
 */
@Injectable()
export class OpenResponses implements BeforeApplicationShutdown {
  readonly #open = new Set<Response>();
  #closing = false;
  readonly #pending = new PendingCounter();

  constructor(private readonly host: HttpAdapterHost) {}

  /** Express middleware. */
  readonly track = (_request: Request, response: Response, next: NextFunction): void => {
    if (this.#closing) response.setHeader('Connection', 'close');
    this.#open.add(response);
    this.#pending.begin();
    response.once('close', () => {
      this.#open.delete(response);
      this.#pending.end();
    });
    next();
  };

  /** After the queues have drained, before Nest closes the HTTP server. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#closing = true;
    const server = this.host.httpAdapter?.getHttpServer() as Server | undefined;
    if (server?.listening !== true) return;
    server.close();
    for (const response of this.#open) if (isEventStream(response)) response.end();
    await atMost(systemClock, HTTP_DRAIN_TIMEOUT_MS, this.#pending.whenNone());
    server.closeAllConnections();
  }
}

const isEventStream = (response: Response): boolean =>
  String(response.getHeader('Content-Type') ?? '').startsWith('text/event-stream');
