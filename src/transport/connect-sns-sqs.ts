import type { INestApplication, INestApplicationContext, INestMicroservice } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { NestMicroservice } from '@nestjs/microservices';
import { PATTERN_METADATA } from '@nestjs/microservices/constants.js';

import { captureErrors } from './server/handling/error-capture.js';
import type { SnsSqsServer } from './server/sns-sqs.server.js';

/**
 * Adds the transport to an application (a hybrid one). To be called before
 * `app.init()`; then `app.startAllMicroservices()` starts to receive.
 *
 * @param inheritAppConfig whether global pipes, guards, interceptors and filters apply to messages too. Default false, as in Nest.
 * @example
 * const app = await NestFactory.create(AppModule);
 * connectSnsSqs(app, app.get(SnsSqsServer));
 * await app.init();
 * await app.startAllMicroservices();
 * @see https://docs.nestjs.com/faq/hybrid-application
 */
export function connectSnsSqs(
  app: INestApplication,
  server: SnsSqsServer,
  { inheritAppConfig = false }: { readonly inheritAppConfig?: boolean } = {},
): INestMicroservice {
  // Deferred, as the hook must be there before the handlers are built.
  const microservice = app.connectMicroservice(
    { strategy: server },
    { inheritAppConfig, deferInitialization: true },
  );
  // Nest forgets this when it defers: every onModuleInit would run again as the microservice starts.
  if (microservice instanceof NestMicroservice) microservice.setIsInitHookCalled(true);
  return prepareSnsSqs(microservice, app, server);
}

/**
 * Completes a microservice made by `NestFactory.createMicroservice(AppModule, { strategy: server })`:
 * errors decide what becomes of their messages, and start-up errors name handlers. To be called before `listen()`.
 *
 * @example
 * const microservice = await NestFactory.createMicroservice(AppModule, { strategy: server });
 * prepareSnsSqs(microservice, microservice, server);
 * await microservice.listen();
 * @see https://docs.nestjs.com/microservices/custom-transport
 */
export function prepareSnsSqs(
  microservice: INestMicroservice,
  context: INestApplicationContext,
  server: SnsSqsServer,
): INestMicroservice {
  microservice.registerPreRequestHook(captureErrors);
  server.nameHandlers((pattern) => handlersOf(context, pattern));
  return microservice;
}

function handlersOf(context: INestApplicationContext, pattern: string): string[] {
  const modules = [...context.get(ModulesContainer, { strict: false }).values()];
  const controllers = modules.flatMap((module) => [...module.controllers.values()]);
  return controllers.flatMap(({ metatype }) => {
    const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : undefined;
    if (typeof prototype !== 'object' || prototype === null) return [];
    return Object.getOwnPropertyNames(prototype)
      .filter((method) =>
        carries(Object.getOwnPropertyDescriptor(prototype, method)?.value, pattern),
      )
      .map((method) => `${metatype?.name}.${method}`);
  });
}

function carries(method: unknown, pattern: string): boolean {
  if (typeof method !== 'function') return false;
  const patterns: unknown = Reflect.getMetadata(PATTERN_METADATA, method);
  return Array.isArray(patterns) && patterns.includes(pattern);
}
