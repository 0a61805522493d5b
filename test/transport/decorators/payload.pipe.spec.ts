import { describe, expect, it } from '@jest/globals';
import type { ArgumentMetadata } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, IsString, Min, ValidateNested } from 'class-validator';
import { PayloadPipe } from '../../../src/transport/decorators/payload.pipe.js';
import { ValidationFailedError } from '../../../src/transport/errors/index.js';

class Item {
  @IsInt()
  @Min(1)
  price = 0;
}

class Order {
  @IsString()
  id = '';

  @ValidateNested({ each: true })
  @Type(() => Item)
  items: Item[] = [];
}

class Plain {
  id = '';
}

const transform = (value: unknown, metatype?: ArgumentMetadata['metatype']) =>
  new PayloadPipe().transform(value, { type: 'body', metatype });

const parsed = (json: string): unknown => JSON.parse(json);

describe('the payload pipe', () => {
  it('makes the payload an instance of its class, without unknown fields', async () => {
    const order = await transform({ id: 'o', items: [{ price: 1, more: 1 }], more: 1 }, Order);
    expect(order).toBeInstanceOf(Order);
    expect(order).toEqual({ id: 'o', items: [{ price: 1 }] });
  });

  it('names every violation by its path', async () => {
    await expect(
      transform({ id: 5, items: [{ price: 1 }, { price: 0 }] }, Order),
    ).rejects.toMatchObject({
      retryable: false,
      violations: [
        { field: 'id', message: 'id must be a string' },
        { field: 'items.1.price', message: 'price must not be less than 1' },
      ],
    });
  });

  it.each([[null], [undefined], ['text'], [5], [true], [[]], [[{ id: 'o' }]]])(
    'refuses %j where a class is wanted',
    async (value) => {
      await expect(transform(value, Order)).rejects.toThrow(ValidationFailedError);
    },
  );

  it.each([
    '{"__proto__":{"id":"x","items":[]},"id":7}',
    '{"__proto__":null,"id":7}',
    '{"constructor":{"name":"Object"},"id":7}',
    '{"constructor":null,"id":7}',
    '{"hasOwnProperty":1,"id":7}',
    '{"id":7,"toString":null}',
    '{"id":"o","items":[{"__proto__":{"price":5},"price":"x"}]}',
    '{"id":"o","items":{"length":1,"0":{"price":0}}}',
  ])('is not talked out of its checks by %s', async (json) => {
    await expect(transform(parsed(json), Order)).rejects.toThrow(ValidationFailedError);
    expect(Object.hasOwn(Object.prototype, 'id')).toBe(false);
  });

  it.each([[undefined], [Object], [Array], [String], [Number], [Boolean]])(
    'passes on what is typed by %p',
    async (metatype) => {
      const value = { any: ['thing'] };
      expect(await transform(value, metatype)).toBe(value);
    },
  );

  it('keeps the fields of a class that declares no checks', async () => {
    const plain = await transform({ id: 'o', more: 1 }, Plain);
    expect(plain).toBeInstanceOf(Plain);
    expect(plain).toEqual({ id: 'o', more: 1 });
  });

  it('leaves parameters other than the payload alone', async () => {
    expect(await new PayloadPipe().transform('context', { type: 'custom', metatype: Order })).toBe(
      'context',
    );
  });
});
