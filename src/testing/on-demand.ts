import type { ServiceAddress } from '../aws/in-process.js';
import type { EmbeddedAws } from '../platform/embedded/index.js';

/** The embedded stack, started by the first call of a service that is not in memory. */
export class OnDemand {
  #started: Promise<EmbeddedAws> | undefined;

  constructor(private readonly start: () => Promise<EmbeddedAws>) {}

  async addressOf(service: 's3' | 'dynamodb'): Promise<ServiceAddress> {
    this.#started ??= this.start();
    const { endpoint = '', endpoints = {}, credentials } = (await this.#started).clientOptions();
    const { accessKeyId = '', secretAccessKey = '' } = credentials ?? {};
    return {
      endpoint: endpoints[service] ?? endpoint,
      credentials: { accessKeyId, secretAccessKey },
    };
  }

  /** Makes a bucket; calls that follow wait for it. */
  createBucket(name: string): void {
    this.#started = (this.#started ?? this.start()).then((embedded) => {
      embedded.createBucket(name);
      return embedded;
    });
  }

  async stop(): Promise<void> {
    await (await this.#started)?.stop();
  }
}
