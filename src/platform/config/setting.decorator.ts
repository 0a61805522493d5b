import { applyDecorators } from '@nestjs/common';
import { Expose, Transform } from 'class-transformer';
import { IsOptional, ValidateBy } from 'class-validator';

export interface SettingOptions {
  /** What it means, for `.env.example`. */
  readonly meaning: string;
  /** The default in words, where it depends on other settings, or as a value. */
  readonly default: string;
  /** What a value has to be, to follow "Set it to". */
  readonly accepts: string;
  readonly check: (value: string) => boolean;
  /** Its value appears in no message. */
  readonly secret?: boolean;
}

export interface SettingDescription extends SettingOptions {
  readonly variable: string;
}

const descriptions: SettingDescription[] = [];

/** Every setting, in the order of its declaration: the one source of `.env.example`. */
export const SETTING_DESCRIPTIONS: readonly SettingDescription[] = descriptions;

/** Declares one environment variable. An empty one counts as not set, as in docker-compose files. */
export function Setting(options: SettingOptions): PropertyDecorator {
  return (target, key) => {
    descriptions.push({ ...options, variable: String(key) });
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
