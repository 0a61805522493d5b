import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { isLoopback } from '../../config/checks.js';
import { peekBody } from './peek-body.js';
import { refuse } from './refusal.js';
import { SignatureCheck } from './signature.js';
import type { StackCredentials } from './stack-credentials.js';

/**
 * Protects a server without checks of its own: every web page and every user of this machine can reach the loopback
 * interface. Only requests signed with the stack's credentials pass. Requests of web pages are refused first, by their
 * `Origin`, or by their `Host` when a name was made to resolve to this machine.
 */
export function guard(server: Server, credentials: StackCredentials): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  const signatures = new SignatureCheck(credentials);
  const hosts = new OwnHosts();
  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    for (const listener of listeners) listener.call(server, request, response);
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (isOfPage(request) || !hosts.has(request.headers.host)) {
      refuse(request, response, 'ForeignOrigin');
      return;
    }
    const fault = signatures.faultOf(request);
    if (fault === undefined) pass(request, response);
    else if (fault !== 'body') refuse(request, response, fault);
    else {
      peekBody(request, (body) => {
        const found =
          body === undefined ? 'IncompleteSignature' : signatures.faultOf(request, body);
        if (found === undefined) pass(request, response);
        else refuse(request, response, found === 'body' ? 'IncompleteSignature' : found);
      });
    }
  });
}

const isOfPage = ({ headers }: IncomingMessage): boolean =>
  headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;

/** The names of this machine. Most requests have the same as the one before. */
class OwnHosts {
  #last: string | undefined;

  has(host: string | undefined): boolean {
    if (host === undefined) return false;
    if (host === this.#last) return true;
    const url = `http://${host}`;
    if (!URL.canParse(url)) return false;
    const { hostname } = new URL(url);
    // S3's clients may put a bucket before the name.
    const isOwn = isLoopback(hostname) || hostname.endsWith('.localhost');
    if (isOwn) this.#last = host;
    return isOwn;
  }
}
