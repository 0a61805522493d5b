import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { PROBLEM_CONTENT_TYPE } from './http.constants.js';
import { problemOf } from './problem.js';

/** Answers every error of an HTTP request as `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter<unknown> {
  readonly #logger = new Logger(ProblemFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const problem = problemOf(error);
    if (problem.status >= 500 && problem.status !== 503) this.#log(request, error);
    if (response.headersSent) {
      // A partly sent answer cannot become an error; cutting it off shows the client that it is incomplete.
      response.destroy();
      return;
    }
    if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
    response.status(problem.status).type(PROBLEM_CONTENT_TYPE).send(JSON.stringify(problem));
  }

  #log({ method, path }: Request, error: unknown): void {
    const stack = error instanceof Error ? error.stack : String(error);
    this.#logger.error('HTTP request failed', { method, path }, stack);
  }
}
