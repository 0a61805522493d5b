import { AwsClients, type AwsClientsOptions } from '../../../src/aws/index.js';
import { AwsDouble } from './aws-double.js';
import { TUNING, type AwsTuning } from '../../../src/aws/tuned/index.js';

/** Both sides are in this process, which may stand still for seconds: tests of time-outs name their own. */
const CONNECT_MS = 60_000;
const ANSWER_MS = 90_000;

/** The doubles of AWS and the clients of one test. */
export class Wire {
  readonly #doubles: AwsDouble[] = [];
  readonly #clients: AwsClients[] = [];

  constructor(private readonly steps: AwsTuning) {}

  async double(protocol: 'http' | 'https' = 'http'): Promise<AwsDouble> {
    const double = await AwsDouble.start(protocol);
    this.#doubles.push(double);
    return double;
  }

  clients(options: Partial<AwsClientsOptions> = {}): AwsClients {
    const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
    return this.clientsOfTheChain({ credentials, ...options });
  }

  /** Clients whose credentials the SDK finds. */
  clientsOfTheChain(options: Partial<AwsClientsOptions>): AwsClients {
    const tuning = { [TUNING]: { steps: this.steps } };
    const aws = new AwsClients({
      region: 'eu-central-1',
      connectTimeoutMs: CONNECT_MS,
      requestTimeoutMs: ANSWER_MS,
      ...tuning,
      ...options,
    });
    this.#clients.push(aws);
    return aws;
  }

  async close(): Promise<void> {
    for (const aws of this.#clients.splice(0)) aws.destroy();
    await Promise.all(this.#doubles.splice(0).map((double) => double.stop()));
  }
}
