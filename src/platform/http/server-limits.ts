import type { Server } from 'node:http';
import {
  HEADERS_TIMEOUT_MS,
  MAX_CONNECTIONS,
  MAX_HEADERS,
  REQUEST_TIMEOUT_MS,
} from './http.constants.js';

/** Node looks for connections that are too slow twice a minute; that would double the shortest of the times below. */
const CHECKING_INTERVAL_MS = 2000;

/**
 * Bounds what callers can make an HTTP server hold. To be called before it listens.
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
