// The whole module, as in lean-middleware.ts.
import * as protocols from '@smithy/core/protocols';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Agent } from 'undici';
import { destroyedClient } from '../destroyed-client.js';
import { DispatchedCall, type Answer } from './dispatched-call.js';

type Handle = NodeHttpHandler['handle'];
type HttpRequest = Parameters<Handle>[0];

/** Connection options of a request handler. */
export interface Connections {
  /** Sockets per host; further calls wait for one. */
  readonly maxSockets: number;
  readonly connectTimeoutMs: number;
  /**
   * From the call to the answer's head, and from there to its end. The body of a stored object may take longer, but no
   * longer than this between two parts.
   */
  readonly requestTimeoutMs: number;
}

/**
 * How long an idle connection is kept, unless the server names a shorter time. If the server closes a connection just
 * as a call begins, the ECONNRESET is retried.
 */
const KEEP_ALIVE_TIMEOUT_MS = 60_000;

/** Undici's agent, once the first call has loaded it. */
let UndiciAgent: typeof Agent | undefined;

/**
 * Loaded by the first call, because loading it with the library would make that import 10 % slower. The package's main
 * entry also loads fetch, WebSocket and more, and takes longer than the SDK's client.
 */
const loadAgent = async (): Promise<typeof Agent> =>
  (UndiciAgent ??= (await import('undici/lib/dispatcher/agent.js')).default);

/**
 * Sends the SDK's requests by undici's dispatcher, which costs less than `node:http`. Requests and answers must be
 * completely in memory, as those of SQS and SNS are. It throws the same errors as `NodeHttpHandler`, because the SDK's
 * retries and `isConnectionLoss` go by their names.
 */
export class UndiciHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  readonly #connections: Connections;
  #agent: Agent | undefined;
  #destroyed = false;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  handle(
    request: HttpRequest,
    { abortSignal, requestTimeout }: Parameters<Handle>[1] = {},
  ): Promise<{ response: Answer }> {
    const requestTimeoutMs = requestTimeout ?? this.#connections.requestTimeoutMs;
    const call = new DispatchedCall(requestTimeoutMs, abortSignal as AbortSignal | undefined);
    if (call.over) return call.answer;
    if (UndiciAgent === undefined) void this.#dispatchLater(request, call);
    else this.#dispatch(UndiciAgent, request, call);
    return call.answer;
  }

  /** Closes every connection. Calls in flight fail, and so do later ones: the SDK would repeat those in flight. */
  destroy(): void {
    this.#destroyed = true;
    void this.#agent?.destroy();
  }

  /** Required by the SDK's interface. */
  httpHandlerConfigs(): object {
    return {};
  }

  /** Required by the SDK's interface; the limits cannot be changed. */
  updateHttpClientConfig(): void {}

  async #dispatchLater(request: HttpRequest, call: DispatchedCall): Promise<void> {
    try {
      const agentClass = await loadAgent();
      if (!call.over) this.#dispatch(agentClass, request, call);
    } catch (error) {
      call.onResponseError(undefined, error as Error);
    }
  }

  #dispatch(agentClass: typeof Agent, request: HttpRequest, call: DispatchedCall): void {
    if (this.#destroyed) return call.onResponseError(undefined, destroyedClient());
    this.#agent ??= this.#newAgent(agentClass);
    const { protocol, hostname, port, method, headers, body } = request;
    this.#agent.dispatch(
      {
        origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`,
        path: pathOf(request),
        method,
        headers,
        body: (body as Uint8Array | string | undefined) ?? null,
        // The call has its own timer, which also covers the time in the queue and a body that drips.
        headersTimeout: 0,
        bodyTimeout: 0,
      },
      call,
    );
  }

  #newAgent(agentClass: typeof Agent): Agent {
    const { maxSockets, connectTimeoutMs } = this.#connections;
    return new agentClass({
      connections: maxSockets === Infinity ? null : maxSockets,
      connect: { timeout: connectTimeoutMs },
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      // Not for pipelining, which undici does not do with POST: with 1 a connection becomes free only a turn of the
      // event loop after its answer, so the next call would open another one.
      pipelining: 2,
    });
  }
}

function pathOf({ path, query }: HttpRequest): string {
  const asked = protocols.buildQueryString(query);
  return asked === '' ? path : `${path}?${asked}`;
}
