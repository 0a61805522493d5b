import type { RunningService } from '../app/bootstrap.js';
import { CommandsClient } from '../messaging/index.js';
import { Command, type Result } from '../protocol/index.js';

const RESULT_WAIT_MS = 60_000;

/** The service as its users reach it: Commands over SNS, everything else over HTTP. */
export class DemoApi {
  readonly #commands: CommandsClient;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(readonly service: RunningService) {
    this.#commands = service.app.get(CommandsClient);
    const [key] = service.settings.http.apiKeys;
    this.#headers = {
      'Content-Type': 'application/json',
      ...(key !== undefined && { Authorization: `Bearer ${key}` }),
    };
  }

  /** Sends a registry Command and waits for its data, or its error Result. */
  async registry(action: string, payload: Record<string, unknown>): Promise<Result> {
    return this.request(new Command({ type: 'registry', action, payload }));
  }

  /** Sends a Command and waits for its Result. @throws {Error} when none comes. */
  async request(command: Command): Promise<Result> {
    const result = await this.#commands.request(command, RESULT_WAIT_MS);
    if (result === undefined) {
      const { type, action } = command;
      throw new Error(`${type}.${action} was not answered within ${RESULT_WAIT_MS / 1000} s`);
    }
    return result;
  }

  /** Publishes a Command; its Result goes to the results topic. */
  publish(command: Command): Promise<void> {
    return this.#commands.publish(command);
  }

  /** @throws {Error} naming method, path and problem if the answer is no success. */
  async http<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.service.url + path, {
      method,
      headers: this.#headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** An open event stream. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const answer = await fetch(this.service.url + path, { headers: this.#headers, signal });
    if (!answer.ok || !answer.body) throw new Error(`GET ${path}: ${answer.status}`);
    return answer.body;
  }
}

/** The data of a Result. @throws {Error} with its errors when it is no success. */
export function dataOf<T>(result: Result): T {
  if (result.status !== 'success') throw new Error(result.errors.join('; '));
  return result.data as T;
}
