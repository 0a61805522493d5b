import { it } from '@jest/globals';
import type { AwsClientsOptions } from '../../src/aws/index.js';
import { startBriskStack } from '../support/brisk-stack.js';
import { TestStack } from '../support/transport.js';
import { LACKS, type AwsEngine, type Capability } from './capabilities.js';

declare const weftEngine: {
  readonly name: string;
  readonly addresses: Readonly<Record<string, string>>;
};

/** The engine this project of jest runs over. */
export const engineName = weftEngine.name as AwsEngine;

/** Also of brokers that serve no part of AWS. */
export const runsOver = (name: string): boolean => weftEngine.name === name;

/** Where an engine answers. @throws Error when it does not run. */
export function addressOf(engine: string): string {
  const address = weftEngine.addresses[engine];
  if (address === undefined)
    throw new Error(`${engine} does not run: npm run test:engines starts it`);
  return address;
}

/** How SDK clients reach the engine. */
export const clientOptions = (): AwsClientsOptions => ({
  region: 'us-east-1',
  endpoint: addressOf(engineName),
  // Twelve digits would name an account to moto and LocalStack.
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** SNS, SQS and S3 of the engine. Its state is shared by all tests: names must be unique. */
export const openStack = (): Promise<TestStack> => {
  if (engineName === 'memory') return startBriskStack();
  if (engineName === 'embedded') return TestStack.start({ embedded: true });
  return Promise.resolve(TestStack.at(clientOptions()));
};

/** Whether the engine can do what AWS does. */
export const can = (capability: Capability): boolean => LACKS[engineName][capability] === undefined;

/**
 * One promise, shown over this engine. Where the engine cannot do what the test needs of AWS, the test
 * is skipped under a name that says why, and the report lists it.
 */
export function shows(
  name: string,
  needs: readonly Capability[],
  test: () => Promise<void>,
  timeoutMs?: number,
): void {
  const reason = needs.map((need) => LACKS[engineName][need]).find((one) => one !== undefined);
  if (reason === undefined) it(name, test, timeoutMs);
  else it.skip(`${name} [not here: ${reason}]`, test);
}
