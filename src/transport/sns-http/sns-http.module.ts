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
  /** Path of the controller, as `@Controller(path)` takes it. */
  readonly path: string;
  /** Token of the server whose handlers take the notifications. @defaultValue SnsSqsServer, as `SnsSqsModule` provides it */
  readonly server?: InjectionToken<SnsSqsServer>;
  /** Put onto the controller, such as the one by which a guard of yours lets everybody in: SNS has no key of yours, it signs. @defaultValue none */
  readonly decorators?: readonly ClassDecorator[];
}

/** What express and fastify have in common. */
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
   * One endpoint: its path, its topics, and what a queue of the same name would declare.
   *
   * @throws InvalidOptionsError, as the application is made, for options that do not hold.
   */
  static forRoot(options: SnsHttpModuleOptions): DynamicModule {
    const { path, server = SnsSqsServer, decorators = [], ...endpoint } = options;
    // A class for each path: Nest keeps the path with the class.
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

/** What the endpoints of a process hold in memory has one bound. */
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
      // What still comes is not waited for.
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
