import type { Server } from 'node:http';
import {
  HEADERS_TIMEOUT_MS,
  MAX_CONNECTIONS,
  MAX_HEADERS,
  REQUEST_TIMEOUT_MS,
} from './http.constants.js';

/** By default Node checks for slow connections every 30 s, so they could exceed the times below by as much. */
const CHECKING_INTERVAL_MS = 2000;

/**
 * Limits the resources that callers can take up in an HTTP server. Call it before the server listens.
 *
 * https://nodejs.org/api/http.html#class-httpserver
 */
export function limitServer(server: Server): void {
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = MAX_HEADERS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  // An option of createServer, which is Nest's to call; the server reads it when it begins to listen.
  Object.assign(server, { connectionsCheckingInterval: CHECKING_INTERVAL_MS });
}
