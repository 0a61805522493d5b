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

/** A controller or method that needs no key: health checks, and what has a check of its own. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(PUBLIC, true);

/** Lets a request in by one of the configured bearer keys; by anyone when there are none. */
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
  ) {}

  canActivate(execution: ExecutionContext): boolean {
    if (!this.keys.required || this.#isPublic(execution)) return true;
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
}
