import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction } from 'express';
import { isLoopback } from '../config/index.js';
import type { ApiKeys } from './api-keys.js';
import { MAX_KEYLESS_BODY_BYTES, PROBLEM_CONTENT_TYPE } from './http.constants.js';
import { problem } from './problem.js';

/**
 * Looks at a request's headers before a byte of its body is read.
 *
 * With keys, who has none may send only what a route that is open to all could need, or to an endpoint that goes by
 * signatures. Without keys, only this machine
 * is served, and whatever a web page of another origin makes a browser of this machine send is refused: by its
 * `Origin`, or, when its name was made to resolve to this machine (DNS rebinding), by its `Host`.
 */
export const admission =
  (keys: ApiKeys, listeningHost: string, signedPaths: ReadonlySet<string> = new Set()) =>
  (request: IncomingMessage, response: ServerResponse, next: NextFunction): void => {
    const { headers } = request;
    const isSigned = signedPaths.has(request.url?.split('?', 1)[0] ?? '');
    // Read by its endpoint, within a bound of its own, whatever its sender calls it: no parser is to read it before.
    if (isSigned) headers['content-type'] = 'text/plain';
    if (!keys.required) {
      const fault = foreignFault(headers, listeningHost);
      if (fault === undefined) next();
      else refuse(response, 403, fault);
      return;
    }
    const fault = keys.faultOf(headers);
    if (fault === undefined || isSigned || isSmall(headers)) next();
    else refuse(response, 401, fault);
  };

function foreignFault(headers: IncomingHttpHeaders, listeningHost: string): string | undefined {
  const { host = '', origin } = headers;
  const site = headers['sec-fetch-site'];
  const name = hostnameOf(`http://${host}`);
  if (name === undefined || !(isLocal(name) || name === hostnameOf(`http://${listeningHost}`))) {
    return 'Without API keys this service answers to names of this machine alone, and the Host header names another. Set WEFT_API_KEYS to serve it by other names.';
  }
  // A browser says where a request comes from, and no page can make it say otherwise.
  const foreign = origin !== undefined && origin.toLowerCase() !== `http://${host.toLowerCase()}`;
  if (foreign || site === 'cross-site' || site === 'same-site') {
    return 'Without API keys this service accepts no requests from pages of another origin. Set WEFT_API_KEYS, and send one.';
  }
  return undefined;
}

const isLocal = (name: string): boolean => isLoopback(name) || name.endsWith('.localhost');

/** Lower case, without port, IPv6 in brackets. */
const hostnameOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).hostname : undefined;

function isSmall(headers: IncomingHttpHeaders): boolean {
  if (headers['transfer-encoding'] !== undefined) return false;
  return Number(headers['content-length'] ?? 0) <= MAX_KEYLESS_BODY_BYTES;
}

/** The connection goes as well: what is still coming is not waited for. */
function refuse(response: ServerResponse, status: number, detail: string): void {
  response.statusCode = status;
  response.setHeader('Connection', 'close');
  response.setHeader('Content-Type', PROBLEM_CONTENT_TYPE);
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response.end(JSON.stringify(problem(status, detail)));
}
