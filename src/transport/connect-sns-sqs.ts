import type { INestApplication, INestApplicationContext, INestMicroservice } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import { captureErrors } from './server/handling/error-capture.js';
import { ApplicationHandlers } from './server/handling/application-handlers.js';
import { internalsOf } from './server/server.internals.js';
import type { SnsSqsServer } from './server/sns-sqs.server.js';

/**
 * Adds the transport to an application (a hybrid one). To be called before
 * `app.init()`; then `app.startAllMicroservices()` starts to receive.
 *
 * @param inheritAppConfig whether global pipes, guards, interceptors and filters apply to messages too. Default false, as in Nest.
 * @throws TopologyError naming each handler whose pattern no message can have, such as an unset variable.
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
  (microservice as Initialized).setIsInitHookCalled?.(true);
  return prepareSnsSqs(microservice, app, server);
}

/**
 * Completes a microservice made by `NestFactory.createMicroservice(AppModule, { strategy: server })`: an error that a
 * filter replaces by another still decides what becomes of its message, start-up errors name handlers, and an
 * idempotency store knows them. To be called before `listen()`.
 *
 * @throws TopologyError as `connectSnsSqs` does.
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
  const modules = modulesOf(context);
  internalsOf(server).know(modules);
  new ApplicationHandlers(modules, server).checkPatterns();
  // Nest 11 has no such hook: there an error counts as what the filters make of it.
  (microservice as Hooked).registerPreRequestHook?.(captureErrors);
  return microservice;
}

/** Nest's own class has it, in every version; its interface does not. */
type Initialized = INestMicroservice & { setIsInitHookCalled?(called: boolean): void };

type Hooked = Omit<INestMicroservice, 'registerPreRequestHook'> &
  Partial<Pick<INestMicroservice, 'registerPreRequestHook'>>;

/**
 * The application's own: where two copies of Nest are installed, asking it for a class of the other copy would end
 * the process.
 */
function modulesOf(context: INestApplicationContext): ModulesContainer {
  const { container } = context as { readonly container?: { getModules?(): unknown } };
  const modules = container?.getModules?.();
  return isModules(modules) ? modules : context.get(ModulesContainer, { strict: false });
}

const isModules = (modules: unknown): modules is ModulesContainer =>
  modules instanceof Map && 'getRpcTargetRegistry' in modules;
