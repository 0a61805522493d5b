import type { NestExpressApplication } from '@nestjs/platform-express';
import { Reflector } from '@nestjs/core';
import type { NextFunction, Request, Response } from 'express';
import { lastPart } from '../../common/resource-names.js';
import type { Settings } from '../config/index.js';
import { admission } from './admission.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeys } from './api-keys.js';
import { MAX_BODY_BYTES } from './http.constants.js';
import { OpenApiDocument } from './openapi.document.js';
import { OpenResponses } from './open-responses.js';
import { ProblemFilter } from './problem.filter.js';
import { limitServer } from './server-limits.js';
import { validationPipe } from './validation.pipe.js';

/**
 * Options of `NestFactory.create` that {@link configureHttp} needs: no body parser, as it sets up its own with limits.
 */
export const HTTP_APPLICATION_OPTIONS = { bodyParser: false } as const;

/**
 * Keys, limits, validation and errors of an application's HTTP routes. The
 * application imports `HttpModule` and is made with `HTTP_APPLICATION_OPTIONS`.
 */
export function configureHttp(
  app: NestExpressApplication,
  { http, messaging }: Pick<Settings, 'http'> & Partial<Pick<Settings, 'messaging'>>,
): NestExpressApplication {
  limitServer(app.getHttpServer());
  const keys = new ApiKeys(http.apiKeys);
  app.disable('x-powered-by');
  // A query is a flat list of texts: no objects, no arrays out of brackets.
  app.set('query parser', 'simple');
  app.use(app.get(OpenResponses).track);
  app.use(commonHeaders);
  app.use(admission(keys, http.host, signedPaths(messaging)));
  app.useBodyParser('json', { limit: MAX_BODY_BYTES });
  app.useGlobalGuards(new ApiKeyGuard(app.get(Reflector), keys));
  app.useGlobalPipes(validationPipe());
  app.useGlobalFilters(new ProblemFilter());
  app.get(OpenApiDocument).describe(app);
  return app;
}

/** Paths to which SNS posts; it has no key. */
const signedPaths = (messaging: Settings['messaging'] | undefined): ReadonlySet<string> =>
  new Set(messaging?.snsHttpTopics.map((arn) => `/sns/${lastPart(arn)}`));

function commonHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // Answers contain personal data and change, so they must not be cached.
  response.setHeader('Cache-Control', 'no-store');
  next();
}
