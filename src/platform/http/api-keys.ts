import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Why a request's key is refused. */
type KeyFault = 'Send an API key: "Authorization: Bearer <key>"' | 'The API key is not known';

/** The configured bearer keys. */
export class ApiKeys {
  readonly #hashes: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#hashes = keys.map(hash);
  }

  /** Whether keys are configured. Without keys every request is accepted, which the settings allow only on loopback. */
  get required(): boolean {
    return this.#hashes.length > 0;
  }

  /** The fault of a request's key; undefined if it is accepted. */
  faultOf({ authorization = '' }: IncomingHttpHeaders): KeyFault | undefined {
    if (!this.required) return undefined;
    const key = /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization)?.[1];
    if (key === undefined) return 'Send an API key: "Authorization: Bearer <key>"';
    return this.#isKnown(key) ? undefined : 'The API key is not known';
  }

  /** Compares with every key, hashed to one length, so that the time taken reveals nothing. */
  #isKnown(key: string): boolean {
    const given = hash(key);
    return this.#hashes.reduce((known, one) => timingSafeEqual(one, given) || known, false);
  }
}

const hash = (key: string): Buffer => createHash('sha256').update(key).digest();
