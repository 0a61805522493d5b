import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction } from 'express';
import { isLoopback } from '../config/index.js';
import type { ApiKeys } from './api-keys.js';
import { MAX_KEYLESS_BODY_BYTES, PROBLEM_CONTENT_TYPE } from './http.constants.js';
import { problem } from './problem.js';

/**
 * Checks a request's headers before any byte of its body is read.
 *
 * With configured keys, a request without one may only be as large as a public route needs, or go to an endpoint that
 * checks signatures. Without keys, only this machine is served, and requests that a web page of another origin makes a
 * browser send are refused: by their `Origin`, or by their `Host` when a name was made to resolve to this machine (DNS
 * rebinding).
 */
export const admission =
  (keys: ApiKeys, listeningHost: string, signedPaths: ReadonlySet<string> = new Set()) =>
  (request: IncomingMessage, response: ServerResponse, next: NextFunction): void => {
    const { headers } = request;
    const isSigned = signedPaths.has(request.url?.split('?', 1)[0] ?? '');
    // Its endpoint reads the body itself, within its own limit, so no parser may read it first, whatever its content
    // type.
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
  // Browsers set these headers, and no page can change them.
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

/** Closes the connection too: the rest of the request is not awaited. */
function refuse(response: ServerResponse, status: number, detail: string): void {
  response.statusCode = status;
  response.setHeader('Connection', 'close');
  response.setHeader('Content-Type', PROBLEM_CONTENT_TYPE);
  if (status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
  response.end(JSON.stringify(problem(status, detail)));
}
