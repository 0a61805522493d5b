import { ValidateBy } from 'class-validator';
import { isJsonObject, schemaOf } from '../../protocol/index.js';
import { assertSafeKeys, UnsafeKeyError } from '../../platform/persistence/index.js';
import { MAX_FREE_FORM_BYTES } from './registry.constants.js';

/** A free-form object of bounded size. */
export const IsFreeForm = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isFreeForm',
      validator: {
        validate: (value: unknown) =>
          isJsonObject(value) && Buffer.byteLength(JSON.stringify(value)) <= MAX_FREE_FORM_BYTES,
      },
    },
    {
      message: `must be an object of at most ${MAX_FREE_FORM_BYTES} bytes of JSON`,
      context: schemaOf({ type: 'object' }),
    },
  );

/** Metadata is merged key by key, so its keys must be usable in a path. */
export const HasSafeKeys = (): PropertyDecorator =>
  ValidateBy({
    name: 'hasSafeKeys',
    validator: {
      validate: (value: unknown) => unsafeKeyIn(value) === undefined,
      defaultMessage: (given) => unsafeKeyIn(given?.value) ?? '',
    },
  });

function unsafeKeyIn(value: unknown): string | undefined {
  try {
    assertSafeKeys(value);
    return undefined;
  } catch (error) {
    if (error instanceof UnsafeKeyError) return error.violations[0]?.message;
    throw error;
  }
}
