import {
  SetMetadata,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { ApiKeys } from './api-keys.js';

const PUBLIC = 'weft:public';
const ADMITS_BY_QUERY = 'weft:admits-by-query';

/** Marks a controller or method that needs no key: health checks, and routes with their own check. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(PUBLIC, true);

/**
 * Marks a method that also accepts its own credential in the query, such as a token for a browser that cannot send
 * headers. The method itself checks it.
 *
 * @param parameter The name of the query parameter.
 */
export const AdmitsByQuery = (parameter: string): MethodDecorator =>
  SetMetadata(ADMITS_BY_QUERY, parameter);

/** Accepts requests with one of the configured bearer keys; all requests if none is configured. */
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
  ) {}

  canActivate(execution: ExecutionContext): boolean {
    if (!this.keys.required || this.#isPublic(execution)) return true;
    if (this.#hasOwnCredential(execution)) return true;
    const fault = this.keys.faultOf(execution.switchToHttp().getRequest<Request>().headers);
    if (fault !== undefined) throw new UnauthorizedException(fault);
    return true;
  }

  #isPublic(execution: ExecutionContext): boolean {
    return (
      this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [
        execution.getHandler(),
        execution.getClass(),
      ]) === true
    );
  }

  #hasOwnCredential(execution: ExecutionContext): boolean {
    const parameter = this.reflector.get<string | undefined>(
      ADMITS_BY_QUERY,
      execution.getHandler(),
    );
    if (parameter === undefined) return false;
    const value = execution.switchToHttp().getRequest<Request>().query[parameter];
    return value !== undefined && value !== '';
  }
}
