import {
  Controller,
  HttpCode,
  HttpException,
  Inject,
  Module,
  Post,
  Req,
  Res,
  type DynamicModule,
  type InjectionToken,
  type Type,
} from '@nestjs/common';

import { SnsSqsServer } from '../server/sns-sqs.server.js';
import { RequestBodies } from './request-bodies.js';
import { SnsHttpEndpoint } from './sns-http.endpoint.js';
import type { SnsHttpOptions } from './sns-http.options.js';

/**
 * Options of `SnsHttpModule`.
 *
 * @example
 * const options: SnsHttpModuleOptions = { path: 'sns/orders', name: 'orders', patterns: ['order.*'], topics: [arn] };
 */
export interface SnsHttpModuleOptions extends SnsHttpOptions {
  /** Path of the controller, as in `@Controller(path)`. */
  readonly path: string;
  /** Token of the server that runs the handlers. @defaultValue SnsSqsServer, as `SnsSqsModule` provides it */
  readonly server?: InjectionToken<SnsSqsServer>;
  /**
   * Decorators for the controller, such as one that makes your guard let requests through: SNS has no API key, it signs
   * its messages.
   *
   * @defaultValue none
   */
  readonly decorators?: readonly ClassDecorator[];
}

/** The method that express and fastify share. */
interface AnswerHeaders {
  header(name: string, value: string): unknown;
}

/**
 * A controller for SNS over HTTP(S): `POST <path>`, for express and fastify. One module for each endpoint.
 *
 * @example
 * `@Module({
 *   imports: [
 *     SnsSqsModule.forRoot({ topology, aws }),
 *     SnsHttpModule.forRoot({ path: 'sns/orders', name: 'orders', patterns: ['order.*'], topics: [topicArn] }),
 *   ],
 *   controllers: [OrdersController],
 * })`
 * export class AppModule {}
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
 */
@Module({})
export class SnsHttpModule {
  /**
   * One endpoint: its path, its topics, and the options of a queue.
   *
   * @throws InvalidOptionsError when the application is created, for invalid options.
   */
  static forRoot(options: SnsHttpModuleOptions): DynamicModule {
    const { path, server = SnsSqsServer, decorators = [], ...endpoint } = options;
    // One class for each path, because Nest stores the path with the class.
    const token = Symbol(`SNS_HTTP_ENDPOINT ${path}`);
    const controller = controllerOf(path, token);
    for (const decorate of decorators) decorate(controller);
    return {
      module: SnsHttpModule,
      controllers: [controller],
      providers: [
        {
          provide: token,
          useFactory: (found: SnsSqsServer) => new SnsHttpEndpoint(found, endpoint),
          inject: [server],
        },
      ],
    };
  }
}

/** One memory limit for all endpoints of a process. */
const bodies = new RequestBodies();

function controllerOf(path: string, token: symbol): Type {
  @Controller(path)
  class SnsHttpController {
    constructor(@Inject(token) private readonly endpoint: SnsHttpEndpoint) {}

    @Post()
    @HttpCode(200)
    async receive(
      @Req() request: unknown,
      @Res({ passthrough: true }) response: AnswerHeaders,
    ): Promise<string> {
      const answer = await bodies.use(request, (body) => this.endpoint.receive(body));
      // The rest of the request body is not awaited.
      if (typeof answer === 'string') response.header('Connection', 'close');
      if (answer === 'tooLarge')
        throw new HttpException('The body is larger than any that SNS sends', 413);
      if (answer === 'busy') throw new HttpException('Too many messages are in flight', 503);
      const { status, detail } = answer;
      if (status !== 200) throw new HttpException(detail, status);
      return detail;
    }
  }
  return SnsHttpController;
}
