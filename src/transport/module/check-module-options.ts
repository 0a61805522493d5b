import { isObject } from '../../common/objects.js';
import { CLIENT_OPTIONS } from '../client/check-options.js';
import { InvalidOptionsError } from '../errors/index.js';
import { refuseFaults, unknownOptionFaults } from '../option-faults.js';
import { SERVER_OPTIONS } from '../server/check-options.js';
import { refuseMissing, SHARED_OPTIONS, sharedOptionFaults } from '../shared-options.js';
import type { SnsSqsModuleAsyncOptions, SnsSqsModuleOptions } from './sns-sqs.module.options.js';

const KNOWN: Readonly<Record<keyof SnsSqsModuleOptions, true>> = {
  ...SHARED_OPTIONS,
  server: true,
  client: true,
};

const ASYNC: Readonly<Record<keyof SnsSqsModuleAsyncOptions, true>> = {
  imports: true,
  inject: true,
  useFactory: true,
  server: true,
};

/** Hints for options that only the server or only the client has. */
const HINTS: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      ['server', SERVER_OPTIONS],
      ['client', CLIENT_OPTIONS],
    ] as const
  ).flatMap(([owner, options]) =>
    Object.keys(options).map((name) => [name, `it belongs in ${owner}: { ${name} }`] as const),
  ),
);

/** @throws InvalidOptionsError naming every option that is missing, unknown or in the wrong place; server and client check their own. */
export function checkedModuleOptions(options: SnsSqsModuleOptions): SnsSqsModuleOptions {
  refuseMissing('SnsSqsModule', options);
  refuseFaults('SnsSqsModule', [
    ...unknownOptionFaults(options, KNOWN, HINTS),
    ...sharedOptionFaults(options),
    ...objectFaults('server', options.server),
    ...objectFaults('client', options.client),
  ]);
  return options;
}

/** @throws InvalidOptionsError unless it is a factory with no other options. */
export function checkAsyncOptions(options: SnsSqsModuleAsyncOptions): void {
  if (!isObject(options))
    throw new InvalidOptionsError(
      'SnsSqsModule.forRootAsync has no options. Give { inject, useFactory }, whose function returns the options of forRoot',
    );
  const { server } = options;
  refuseFaults('SnsSqsModule.forRootAsync', [
    ...unknownOptionFaults(options, ASYNC, { useClass: USE_FACTORY, useExisting: USE_FACTORY }),
    ...factoryFaults('useFactory', options),
    ...(server === undefined ? [] : factoryFaults('server.useFactory', server)).map(
      (fault) =>
        `${fault}; what depends on no other provider is returned by useFactory, as { server: { … } }`,
    ),
  ]);
}

const USE_FACTORY = 'give useFactory, and inject the class into it';

const objectFaults = (name: string, value: unknown): string[] =>
  value === undefined || isObject(value) ? [] : [`${name} is ${typeof value}, must be an object`];

const factoryFaults = (
  name: string,
  { useFactory }: { readonly useFactory?: unknown },
): string[] =>
  typeof useFactory === 'function'
    ? []
    : [`${name} is ${typeof useFactory}, must be a function that returns options`];
