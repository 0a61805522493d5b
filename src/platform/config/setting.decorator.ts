import { applyDecorators } from '@nestjs/common';
import { Expose, Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';
import type { Settings } from './settings.js';

export interface SettingOptions {
  /** The meaning, for `.env.example`. */
  readonly meaning: string;
  /** The default as a value, or as a text if it depends on other settings. */
  readonly default: string;
  /** The allowed values, to follow "Set it to". */
  readonly accepts: string;
  readonly check: (value: string) => boolean;
  /**
   * Why this process requires it, such as "this process consumes bundles"; undefined if it does not. `whereNamed`
   * makes the usual function.
   */
  readonly required?: (settings: Settings) => string | undefined;
  /** Its value appears in no message. */
  readonly secret?: boolean;
}

export interface SettingDescription extends SettingOptions {
  readonly variable: string;
}

const descriptions = new Map<object, SettingDescription[]>();

/** The settings that a class declares, in the order of their declaration. */
export function settingsOf(environment: new () => object): readonly SettingDescription[] {
  return descriptions.get(environment.prototype as object) ?? [];
}

/** Declares one environment variable. An empty one counts as not set, as in docker-compose files. */
export function Setting(options: SettingOptions): PropertyDecorator {
  return (target, key) => {
    const declared = descriptions.get(target) ?? [];
    descriptions.set(target, [...declared, { ...options, variable: String(key) }]);
    applyDecorators(
      Expose(),
      Transform(({ value }: { value: unknown }) =>
        typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined,
      ),
      IsOptional(),
      ValidateBy({
        name: 'setting',
        validator: {
          validate: (value: unknown) => typeof value === 'string' && options.check(value),
        },
      }),
    )(target, key);
  };
}
