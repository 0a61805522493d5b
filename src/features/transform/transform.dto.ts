import { IsBoolean, IsOptional, ValidateBy } from 'class-validator';
import { schemaOf } from '../../protocol/index.js';
import { MAX_SELECTOR_LENGTH, MAX_SELECTORS } from './transform.constants.js';

const CONTROL = /\p{Cc}/u;

const isSelector = (value: unknown): boolean =>
  typeof value === 'string' &&
  value.trim() !== '' &&
  value.length <= MAX_SELECTOR_LENGTH &&
  !CONTROL.test(value);

const areSelectors = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length <= MAX_SELECTORS && value.every(isSelector)
    : isSelector(value);

const A_SELECTOR = { type: 'string', minLength: 1, maxLength: MAX_SELECTOR_LENGTH };

const IsSelection = (): PropertyDecorator =>
  ValidateBy(
    { name: 'isSelection', validator: { validate: areSelectors } },
    {
      message: 'must be a text or a list of texts, as dbt selects nodes by',
      context: schemaOf({
        anyOf: [A_SELECTOR, { type: 'array', items: A_SELECTOR, maxItems: MAX_SELECTORS }],
      }),
    },
  );

/** Payload of every action. */
export class TransformPayload {
  /** Default: every node. */
  @IsOptional() @IsSelection() select?: string | readonly string[] | null;
  /** Default: none. */
  @IsOptional() @IsSelection() exclude?: string | readonly string[] | null;
  /** Rebuilds incremental models and seeds. Default false. */
  @IsOptional() @IsBoolean({ message: 'must be a boolean' }) full_refresh?: boolean | null;
  /** Lists the nodes that would run, without running them. Default false. */
  @IsOptional() @IsBoolean({ message: 'must be a boolean' }) dry_run?: boolean | null;
}
