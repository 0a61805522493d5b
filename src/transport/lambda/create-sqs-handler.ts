import {
  Logger,
  type DynamicModule,
  type INestApplication,
  type InjectionToken,
  type Type,
} from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';

import { atMost } from '../../common/at-most.js';
import { SnsSqsClient } from '../client/sns-sqs.client.js';
import { systemClock } from '../clock.js';
import { connectSnsSqs } from '../connect-sns-sqs.js';
import { internalsOf } from '../server/server.internals.js';
import { SnsSqsServer } from '../server/sns-sqs.server.js';
import { DEFAULT_LAMBDA_RESERVE_MS, MAX_LAMBDA_MS } from '../sns-sqs.constants.js';
import { SqsEventSource } from './sqs-event.source.js';

/** The part of Lambda's context that this package uses. */
export interface LambdaContext {
  /** Milliseconds until Lambda ends the invocation. */
  getRemainingTimeInMillis(): number;
}

/**
 * Names the messages of the event that must be redelivered. Needs `ReportBatchItemFailures` on the event source
 * mapping.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export interface SqsBatchResponse {
  /** By message id; empty when all were handled. */
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** The function Lambda calls. */
export interface SqsHandler {
  /**
   * @throws InvalidEventError when the event comes from no queue consumed here; any error of the start. Lambda then
   * redelivers every message of the event.
   */
  (event: unknown, context?: LambdaContext): Promise<SqsBatchResponse>;
  /** Closes the application; Lambda never does, tests do. The next event starts it again. */
  close(): Promise<void>;
}

/** An application before `init()`, the transport not connected yet. */
export interface SqsApplication {
  /** Neither initialised nor connected to the server: `createSqsHandler` does both. */
  readonly app: INestApplication;
  /** Replaces `app.close()`, to close more than the application. @defaultValue `app.close()` */
  close?(): Promise<void>;
}

/**
 * Options of `createSqsHandler`.
 *
 * @example
 * createSqsHandler(AppModule, { reserveMs: 3000 });
 */
export interface SqsHandlerOptions {
  /** The server, or the token it is provided under. @defaultValue SnsSqsServer */
  readonly server?: SnsSqsServer | InjectionToken<SnsSqsServer>;
  /**
   * Milliseconds reserved for the end of an invocation. With less time left, no message is started, and running ones
   * are aborted (`context.signal`) and reported as failed. @defaultValue 1 000
   */
  readonly reserveMs?: number;
  /** As in `connectSnsSqs`. @defaultValue false */
  readonly inheritAppConfig?: boolean;
}

type Source = Type | DynamicModule | (() => Promise<SqsApplication>);

/**
 * Makes the function that Lambda calls with events of SQS. Handlers and errors work as under the polling server.
 * Nothing is polled, renewed or deleted; the answer names the messages to redeliver. On a FIFO queue the messages
 * behind a failed one of its group are redelivered with it.
 *
 * The application starts with the first event and keeps running; after a failed start, the next event starts it again.
 *
 * @param source a module, or an asynchronous function that makes the application.
 * @example
 * export const handler = createSqsHandler(AppModule); // provides SnsSqsServer
 * @example
 * const server = new SnsSqsServer({ topology, aws: { region: 'eu-central-1' } });
 * export const handler = createSqsHandler(AppModule, { server });
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function createSqsHandler(source: Source, options: SqsHandlerOptions = {}): SqsHandler {
  let running: Promise<Running> | undefined;
  const started = (): Promise<Running> =>
    (running ??= start(source, options).catch((error: unknown) => {
      running = undefined;
      throw error;
    }));
  const handler = async (event: unknown, context?: LambdaContext): Promise<SqsBatchResponse> =>
    (await started()).handle(event, () => context?.getRemainingTimeInMillis() ?? MAX_LAMBDA_MS);
  const close = async (): Promise<void> => {
    const closing = running;
    running = undefined;
    await (await closing)?.close();
  };
  return Object.assign(handler, { close });
}

interface Running {
  handle(event: unknown, remainingMs: () => number): Promise<SqsBatchResponse>;
  close(): Promise<void>;
}

async function start(source: Source, options: SqsHandlerOptions): Promise<Running> {
  const { server: token = SnsSqsServer, inheritAppConfig = false } = options;
  const application = isFactory(source)
    ? await source()
    : { app: await NestFactory.create(source, { abortOnError: false }) };
  const { app } = application;
  const close = (): Promise<void> => application.close?.() ?? app.close();
  try {
    const server = token instanceof SnsSqsServer ? token : app.get(token, { strict: false });
    const events = new SqsEventSource();
    internalsOf(server).makeQueuesBy(events);
    connectSnsSqs(app, server, { inheritAppConfig });
    await app.init();
    await app.startAllMicroservices();
    const { reserveMs = DEFAULT_LAMBDA_RESERVE_MS } = options;
    return { handle: handling(events, clientsOf(app), reserveMs), close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

function handling(
  events: SqsEventSource,
  clients: readonly SnsSqsClient[],
  reserveMs: number,
): Running['handle'] {
  const logger = new Logger('Lambda');
  return async (event, remainingMs) => {
    const leftMs = (): number => remainingMs() - reserveMs;
    if (leftMs() <= 0)
      logger.error('No message started: the rest of the invocation is shorter than reserveMs', {
        reserveMs,
      });
    const failed = await events.handle(event, leftMs);
    // Lambda freezes a function that has answered, together with messages it has not sent yet.
    const flush = await atMost(
      systemClock,
      remainingMs() - reserveMs / 2,
      Promise.all(clients.map((client) => client.flush())),
    );
    if (flush === 'timedOut')
      logger.warn('Messages that handlers sent without awaiting them may not have been sent');
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Every client of the application, whatever its token. */
function clientsOf(app: INestApplication): SnsSqsClient[] {
  const modules = [...app.get(ModulesContainer, { strict: false }).values()];
  const instances = modules.flatMap((module) =>
    [...module.providers.values()].map(({ instance }): unknown => instance),
  );
  return [...new Set(instances)].filter((one) => one instanceof SnsSqsClient);
}

/** The prototype property of a class is read-only; that of a function is writable or absent. */
const isFactory = (source: Source): source is () => Promise<SqsApplication> =>
  typeof source === 'function' &&
  Object.getOwnPropertyDescriptor(source, 'prototype')?.writable !== false;
