import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsInt,
  IsString,
  Length,
  Matches,
  Min,
  ValidateNested,
  validateSync,
} from 'class-validator';
import { violationsOf } from '../../../src/transport/errors/violations.js';

class Item {
  @IsInt({ message: 'must be an integer' })
  @Min(1, { message: 'must be at least 1' })
  count: unknown;

  constructor(count: unknown) {
    this.count = count;
  }
}

class Order {
  @IsString({ message: 'must be a text' })
  @Length(1, 5, { message: 'must have 1 to 5 characters' })
  @Matches(/^[a-z]+$/, { message: 'must be of small letters' })
  id: unknown = 'abc';

  @ArrayMaxSize(2, { message: 'must have at most 2 entries' })
  @ValidateNested()
  @Type(() => Item)
  items: unknown = [];
}

const violations = (fields: Partial<Order>) =>
  violationsOf(validateSync(Object.assign(new Order(), fields)));

describe('what class-validator found, as a list', () => {
  it('is empty where everything fits', () => {
    expect(violations({ items: [new Item(1)] })).toEqual([]);
  });

  it('names each field once, by the first of its decorators that it fails', () => {
    expect(violations({ id: 5 })).toEqual([{ field: 'id', message: 'must be a text' }]);
    expect(violations({ id: 'ABCDEF' })).toEqual([
      { field: 'id', message: 'must have 1 to 5 characters' },
    ]);
    expect(violations({ id: 'ABC' })).toEqual([
      { field: 'id', message: 'must be of small letters' },
    ]);
  });

  it('names what is inside of lists by its path', () => {
    expect(violations({ items: [new Item(1), new Item('x')] })).toEqual([
      { field: 'items.1.count', message: 'must be an integer' },
    ]);
  });

  it('does not look into a list that is at fault itself', () => {
    expect(violations({ items: [new Item(0), new Item(0), new Item(0)] })).toEqual([
      { field: 'items', message: 'must have at most 2 entries' },
    ]);
  });

  it('has at most 100 entries of at most 500 characters', () => {
    const errors = Array.from({ length: 1000 }, (_, index) => ({
      property: 'items',
      children: [{ property: String(index), constraints: { x: 'x'.repeat(1000) } }],
    }));
    const found = violationsOf(errors);
    expect(found).toHaveLength(100);
    expect(found.at(-1)).toEqual({ field: 'items.99', message: 'x'.repeat(500) });
  });
});
