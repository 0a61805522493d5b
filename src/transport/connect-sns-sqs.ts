import type { INestApplication, INestApplicationContext, INestMicroservice } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import { isObject } from '../common/objects.js';
import { InvalidOptionsError } from './errors/index.js';
import { captureErrors } from './server/handling/error-capture.js';
import { ApplicationHandlers } from './server/handling/application-handlers.js';
import { lookBefore } from './server/handling/handler.start.js';
import { findInternals, internalsOf } from './server/server.internals.js';
import type { SnsSqsServer } from './server/sns-sqs.server.js';

/**
 * Options of `connectSnsSqs`.
 *
 * @example
 * connectSnsSqs(app, { inheritAppConfig: true });
 */
export interface ConnectOptions {
  /** The server, where the application has none or several of them. @defaultValue the one of the application */
  readonly server?: SnsSqsServer;
  /** Whether global pipes, guards, interceptors and filters apply to messages too. @defaultValue false, as in Nest */
  readonly inheritAppConfig?: boolean;
}

/**
 * Adds the transport to an application (a hybrid one). To be called before
 * `app.init()`; then `app.startAllMicroservices()` starts to receive.
 *
 * @param server that of the application, as `SnsSqsModule` provides it, unless another is given; also among the options.
 * @throws TopologyError naming each handler whose pattern no message can have, such as an unset variable;
 * InvalidOptionsError where the application has no server, or several.
 * @example
 * const app = await NestFactory.create(AppModule);
 * connectSnsSqs(app);
 * await app.init();
 * await app.startAllMicroservices();
 * @see https://docs.nestjs.com/faq/hybrid-application
 */
export function connectSnsSqs(
  app: INestApplication,
  server: SnsSqsServer | ConnectOptions = {},
  options: ConnectOptions = {},
): INestMicroservice {
  if (!isServer(server)) return connect(app, server.server ?? serverOf(app), server);
  return connect(app, server, options);
}

const isServer = (value: object): value is SnsSqsServer => findInternals(value) !== undefined;

function connect(
  app: INestApplication,
  server: SnsSqsServer,
  { inheritAppConfig = false }: ConnectOptions,
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

/** Looked for by what it is: asking Nest for a class that is not provided would end the process. */
function serverOf(app: INestApplication): SnsSqsServer {
  const instances = [...modulesOf(app).values()].flatMap(({ providers }) =>
    [...providers.values()].map(({ instance }): unknown => instance),
  );
  const servers = [...new Set(instances)].filter(
    (one): one is SnsSqsServer => isObject(one) && isServer(one),
  );
  const [server] = servers;
  if (server && servers.length === 1) return server;
  throw new InvalidOptionsError(
    server
      ? `The application has ${servers.length} servers: connect each, by connectSnsSqs(app, server)`
      : 'The application has no SnsSqsServer: import SnsSqsModule.forRoot({ topology, aws }), or give one, by connectSnsSqs(app, server)',
  );
}

/**
 * Completes a microservice made by `NestFactory.createMicroservice(AppModule, { strategy: server })`: an error that a
 * filter replaces by another still decides what becomes of its message, start-up errors name handlers, an idempotency
 * store knows them, and each handler looks at its lease right before it begins. To be called before `listen()`.
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
  const handlers = new ApplicationHandlers(modules, server);
  handlers.checkPatterns();
  lookBefore(handlers.own);
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
