import { describe, expect, it } from '@jest/globals';
import type { ArgumentMetadata } from '@nestjs/common';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';
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

const withKeys = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, 1]));

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
    expect({ isOwn: Object.hasOwn(Object.prototype, 'id') }).toEqual({ isOwn: false });
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

class Tag {
  @IsString() a!: string;
  @IsString() b!: string;
  @IsInt() c!: number;
}

class Tagged {
  @IsArray()
  @ArrayMaxSize(10)
  @ValidateNested({ each: true })
  @Type(() => Tag)
  short!: Tag[];
}

class Listed {
  @ValidateNested({ each: true })
  @Type(() => Tag)
  items!: Tag[];
}

class Distinct {
  @ArrayUnique()
  items!: unknown[];
}

class Tree {
  @IsOptional()
  @ValidateNested({ each: true })
  @Type(() => Tree)
  branches?: Tree[];

  @IsOptional()
  free?: unknown;

  @IsOptional()
  @Type(() => String)
  text?: string;
}

/** A message of about 1 MiB. */
const listOf = (item: string, count: number, field = 'items'): unknown =>
  parsed(`{"${field}":[${Array<string>(count).fill(item).join(',')}]}`);
const nested = (levels: number): unknown => parsed('['.repeat(levels) + ']'.repeat(levels));
const branches = (levels: number): unknown =>
  parsed(`${'{"branches":['.repeat(levels)}${']}'.repeat(levels)}`);

/** What class-validator did, by what its decorators were asked. */
function counted() {
  let calls = 0;
  class Counted {
    @ValidateBy({ name: 'counted', validator: { validate: () => (calls += 1) > 0 } })
    value!: unknown;
  }
  class Many {
    @ValidateNested({ each: true })
    @Type(() => Counted)
    items!: Counted[];
  }
  return { Many, calls: () => calls };
}

describe('the payload pipe has bounds:', () => {
  it('a list of more items than checks are allowed is refused before one of them is checked', async () => {
    const { Many, calls } = counted();
    await expect(transform(listOf('{}', 110_000), Many)).rejects.toMatchObject({
      name: 'ValidationFailedError',
      violations: [{ field: 'items', message: 'takes more than 100000 checks to validate' }],
    });
    expect(calls()).toBe(0);
  });

  it('a list past its ArrayMaxSize is refused by that alone', async () => {
    await expect(transform(listOf('{}', 5000, 'short'), Tagged)).rejects.toMatchObject({
      violations: [{ field: 'short', message: 'short must contain no more than 10 elements' }],
    });
  });

  it('a list within its bounds is validated whole, and the first 100 violations are named', async () => {
    const { violations, message } = await transform(listOf('{}', 9000), Listed).then(
      () => new ValidationFailedError('It was taken', []),
      (error: ValidationFailedError) => error,
    );
    expect(violations).toHaveLength(100);
    expect(message).toMatch(/^The payload does not fit Listed: items\.0\.a: .{1,3000}; and more$/);
  });

  it('a large list that fits is taken', async () => {
    const payload = listOf('{"a":"x","b":"y","c":1}', 9000);
    expect(await transform(payload, Listed)).toHaveProperty('items.8999.c', 1);
  });

  it('a list whose items are compared with each other is refused when it is long', async () => {
    const items = Array.from({ length: 100_000 }, (_, n) => n);
    await expect(transform({ items }, Distinct)).rejects.toMatchObject({
      violations: [{ field: 'items', message: 'takes more than 100000 checks to validate' }],
    });
    expect(await transform({ items: items.slice(0, 1000) }, Distinct)).toBeInstanceOf(Distinct);
  });

  it('more values than a message of 1 MiB has are not looked at', async () => {
    await expect(transform({ free: Array(1_000_001).fill(1) }, Tree)).rejects.toMatchObject({
      violations: [{ field: 'free', message: 'must not have more than 1000000 values' }],
    });
  });

  it.each([
    ['a free-form object of 90 000 keys', { free: withKeys(90_000) }],
    ['two objects of 8 000 keys', { free: [withKeys(8000), withKeys(8000)] }],
    ['90 000 unknown fields', withKeys(90_000)],
  ])('%s is refused, as each key would be compared with every other', async (_what, payload) => {
    await expect(transform(payload, Tree)).rejects.toMatchObject({
      retryable: false,
      violations: [{ message: 'has objects of too many keys: one may have 10000, several fewer' }],
    });
  });

  it('an object of as many keys as are allowed is taken', async () => {
    expect(await transform({ free: withKeys(9999) }, Tree)).toBeInstanceOf(Tree);
  });

  it.each([
    ['a free-form field 5 000 levels deep', { free: nested(5000) }],
    ['a free-form field 500 000 levels deep', { free: nested(500_000) }],
    ['a tree of 5 000 levels', branches(5000)],
    ['an unknown field 5 000 levels deep', { unknown: nested(5000) }],
  ])('%s is refused by its depth', async (_what, payload) => {
    await expect(transform(payload, Tree)).rejects.toMatchObject({
      retryable: false,
      violations: [{ message: 'must not be nested deeper than 1000 levels' }],
    });
  });

  it('a tree of 450 levels is taken', async () => {
    expect(await transform(branches(450), Tree)).toBeInstanceOf(Tree);
  });

  it.each([
    '{"free":{"constructor":1}}',
    '{"free":{"a":[{"constructor":{"x":1}}]}}',
    '{"free":{"constructor":null}}',
    '{"branches":[{"constructor":1}]}',
    '{"unknown":{"constructor":1}}',
  ])('%s is refused by its key, as class-transformer would call it', async (json) => {
    await expect(transform(parsed(json), Tree)).rejects.toMatchObject({
      retryable: false,
      violations: [{ message: 'must not contain the key constructor' }],
    });
  });

  it('a value that class-transformer cannot convert is refused with the reason', async () => {
    await expect(transform({ text: { toString: 1, valueOf: 1 } }, Tree)).rejects.toMatchObject({
      name: 'ValidationFailedError',
      violations: [{ message: 'cannot be read: Cannot convert object to primitive value' }],
    });
  });

  it('an error of an asynchronous validator stays what it is, so that the message is retried', async () => {
    class Asked {
      @ValidateBy({
        name: 'asked',
        async: true,
        validator: { validate: () => Promise.reject(new TypeError('fetch failed')) },
      })
      id!: string;
    }
    await expect(transform({ id: 'x' }, Asked)).rejects.toThrow(new TypeError('fetch failed'));
  });

  it('payloads that take many checks are validated one after another', async () => {
    let now = 0;
    let most = 0;
    class Slow {
      @ValidateBy({
        name: 'slow',
        async: true,
        validator: {
          validate: async () => {
            most = Math.max(most, ++now);
            await Promise.resolve();
            now -= 1;
            return true;
          },
        },
      })
      value!: unknown;
    }
    class Slows {
      @ValidateNested({ each: true }) @Type(() => Slow) items!: Slow[];
    }
    await Promise.all(Array.from({ length: 4 }, () => transform(listOf('{}', 20_000), Slows)));
    expect(most).toBeLessThanOrEqual(20_000);
  });
});
