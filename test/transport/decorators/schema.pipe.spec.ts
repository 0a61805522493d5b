import { describe, expect, it } from '@jest/globals';
import { IsInt, IsString } from 'class-validator';
import * as v from 'valibot';
import { z } from 'zod';
import { ValidationFailedError } from '../../../src/transport/index.js';
import { SchemaPipe } from '../../../src/transport/decorators/schema.pipe.js';

class Order {
  @IsString()
  id = '';
  @IsInt()
  cents = 0;
}

const shapes = {
  zod: z.object({ id: z.string(), cents: z.int() }),
  valibot: v.object({ id: v.string(), cents: v.pipe(v.number(), v.integer()) }),
  'a class of class-validator': Order,
};

/** A schema that asks somebody about each id. */
const asks = (answer: () => Promise<boolean>) =>
  new SchemaPipe(v.objectAsync({ id: v.pipeAsync(v.string(), v.checkAsync(answer, 'is taken')) }));

describe('the schema pipe', () => {
  it.each(Object.entries(shapes))(
    'by %s takes what fits, without unknown fields',
    async (_, shape) => {
      const order = await new SchemaPipe(shape).validate({ id: 'o-1', cents: 5, more: 1 });
      expect(Object.assign({}, order)).toEqual({ id: 'o-1', cents: 5 });
    },
  );

  it.each(Object.entries(shapes))('by %s names every violation, for good', async (_, shape) => {
    const failure: unknown = await new SchemaPipe(shape)
      .validate({ id: 1, cents: 0.5 })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ValidationFailedError);
    expect(failure).toMatchObject({
      code: 'WEFT_VALIDATION_FAILED',
      retryable: false,
      violations: [{ field: 'id' }, { field: 'cents' }],
    });
  });

  it('gives the handler what the schema makes of the payload', async () => {
    const pipe = new SchemaPipe(z.object({ at: z.coerce.date(), tag: z.string().default('none') }));
    expect(await pipe.validate({ at: '2026-11-26T10:00:00Z' })).toEqual({
      at: new Date('2026-11-26T10:00:00Z'),
      tag: 'none',
    });
  });

  it('names a field in a list by its path, and the payload where the whole does not fit', async () => {
    const pipe = new SchemaPipe(z.object({ items: z.array(z.object({ price: z.int() })) }));
    await expect(pipe.validate({ items: [{ price: 1 }, { price: 'x' }] })).rejects.toMatchObject({
      violations: [{ field: 'items.1.price' }],
    });
    await expect(pipe.validate([])).rejects.toMatchObject({ violations: [{ field: 'payload' }] });
  });

  it('waits for an asynchronous schema, whose own failure is not the payload’s', async () => {
    await expect(asks(() => Promise.resolve(false)).validate({ id: 'o' })).rejects.toMatchObject({
      violations: [{ field: 'id', message: 'is taken' }],
    });
    const lost = new Error('the database does not answer');
    await expect(asks(() => Promise.reject(lost)).validate({ id: 'o' })).rejects.toBe(lost);
  });

  it('refuses a payload nested too deeply before the schema looks at it', async () => {
    interface Node {
      next?: Node | undefined;
    }
    const node: z.ZodType<Node> = z.object({ next: z.lazy(() => node).optional() });
    const depth = 5000;
    const deep: unknown = JSON.parse('{"next":'.repeat(depth) + '{}' + '}'.repeat(depth));
    await expect(new SchemaPipe(node).validate(deep)).rejects.toThrow(ValidationFailedError);
  });

  it('makes what a schema throws a violation of the payload', async () => {
    const pipe = new SchemaPipe(
      v.pipe(
        v.string(),
        v.transform(() => {
          throw new Error('no such month');
        }),
      ),
    );
    await expect(pipe.validate('x')).rejects.toMatchObject({
      code: 'WEFT_VALIDATION_FAILED',
      message: expect.stringContaining('no such month'),
    });
  });

  it('refuses what is neither a class nor a schema as it is made', () => {
    for (const shape of [null, undefined, 'Order', {}])
      expect(() => new SchemaPipe(shape as never)).toThrow(TypeError);
  });

  it('leaves parameters alone that are not the payload', async () => {
    const context = { pattern: 'x' };
    expect(await new SchemaPipe(Order).transform(context, { type: 'custom' })).toBe(context);
  });
});
