import { createHash, timingSafeEqual } from 'node:crypto';
import {
  SetMetadata,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { Request } from 'express';

const PUBLIC = 'weft:public';

/** A controller or method that needs no key: health checks, and what has a check of its own. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(PUBLIC, true);

/**
 * Lets a request in by one of the configured bearer keys; by anyone when there
 * are none, which the settings allow on loopback only.
 */
export class ApiKeyGuard implements CanActivate {
  readonly #reflector: Reflector;
  readonly #hashes: readonly Buffer[];

  constructor(reflector: Reflector, apiKeys: readonly string[]) {
    this.#reflector = reflector;
    this.#hashes = apiKeys.map(hash);
  }

  canActivate(execution: ExecutionContext): boolean {
    if (this.#hashes.length === 0 || this.#isPublic(execution)) return true;
    const { authorization = '' } = execution.switchToHttp().getRequest<Request>().headers;
    const key = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
    if (key === undefined) {
      throw new UnauthorizedException('Send an API key: "Authorization: Bearer <key>"');
    }
    if (!this.#isKnown(key)) throw new UnauthorizedException('The API key is not known');
    return true;
  }

  #isPublic(execution: ExecutionContext): boolean {
    return (
      this.#reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [
        execution.getHandler(),
        execution.getClass(),
      ]) === true
    );
  }

  /** Compares with every key, hashed to one length, so that the time taken tells nothing. */
  #isKnown(key: string): boolean {
    const given = hash(key);
    return this.#hashes.reduce((known, one) => timingSafeEqual(one, given) || known, false);
  }
}

const hash = (key: string): Buffer => createHash('sha256').update(key).digest();
