import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import type { ConfigurationFault } from './configuration.error.js';
import { quote } from './quote.js';
import { settingsOf } from './setting.decorator.js';

/** The settings of one class as the environment has them. */
interface WrittenSettings<E extends object> {
  /** The values that can be used; a wrong one is left out. */
  readonly written: E;
  /** One for each value that cannot be used, in the order of declaration. */
  readonly faults: readonly ConfigurationFault[];
}

/** Picks the variables that a class declares by `@Setting` and checks each by itself. */
export function readWritten<E extends object>(
  environment: new () => E,
  env: NodeJS.ProcessEnv,
): WrittenSettings<E> {
  const written = plainToInstance(environment, env, { excludeExtraneousValues: true });
  const wrong = new Map(
    validateSync(written).map((violation) => [violation.property, String(violation.value)]),
  );
  const faults = settingsOf(environment).flatMap(({ variable, accepts, secret, ...setting }) => {
    const value = wrong.get(variable);
    if (value === undefined) return [];
    Reflect.deleteProperty(written, variable);
    const remedy = `Set it to ${accepts}, or leave it out (default: ${setting.default})`;
    const problem = secret ? 'has a value that cannot be used (not shown)' : `is ${quote(value)}`;
    return [{ variable, problem, remedy }];
  });
  return { written, faults };
}
