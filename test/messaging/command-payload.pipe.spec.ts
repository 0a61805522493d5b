import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, ValidateNested } from 'class-validator';
import { CommandPayloadPipe } from '../../src/messaging/index.js';

class Place {
  @IsString({ message: 'must be a string' }) name!: string;
}

class Parcel {
  @IsString({ message: 'must be a string' }) from!: string;
  @IsString({ message: 'must be a string' }) to!: string;
  @IsOptional() @IsInt({ message: 'must be an integer' }) weight?: number | null = 1;
  @IsOptional() extra?: unknown;
  @IsOptional() @ValidateNested() @Type(() => Place) via?: Place;
}

const pipe = new CommandPayloadPipe();
const read = (payload: Record<string, unknown>): Parcel =>
  pipe.transform(payload, { type: 'custom', metatype: Parcel }) as Parcel;

describe('A payload', () => {
  it('becomes its class, with defaults, without unknown fields', () => {
    const parcel = read({ from: 'a', to: 'b', speed: 3 });
    expect(parcel).toBeInstanceOf(Parcel);
    expect(parcel).toEqual({ from: 'a', to: 'b', weight: 1 });
  });

  it.each([
    [{}, 'Missing required fields: from, to'],
    [{ to: 'b' }, 'Missing required field: from'],
    [{ from: 'a', to: null }, 'Missing required field: to'],
    [{ from: '', to: 'b', weight: 'x' }, 'Missing required field: from'],
    [{ from: 1, to: 'b', weight: 1.5 }, 'from must be a string; weight must be an integer'],
    [{ from: 'a', to: 'b', via: { name: 1 } }, 'via.name must be a string'],
    [
      { from: 'a', to: 'b', via: { name: 'c', extra: { constructor: {} } } },
      'via must not contain the key constructor',
    ],
  ])('is refused by the exact text: %j', (payload, text) => {
    expect(() => read(payload)).toThrow(new Error(text));
  });

  it('does not take inherited fields for given ones', () => {
    expect(() => read(Object.create({ from: 'a', to: 'b' }))).toThrow(
      'Missing required fields: from, to',
    );
  });

  it('keeps free-form fields as they are', () => {
    const extra = JSON.parse('{"constructor":{"a":1},"toString":null}') as unknown;
    expect(read({ from: 'a', to: 'b', extra }).extra).toBe(extra);
  });

  it('has its nested classes made', () => {
    expect(read({ from: 'a', to: 'b', via: { name: 'c' } }).via).toBeInstanceOf(Place);
  });

  it('is passed on as it is when the parameter has no class', () => {
    const payload = { a: 1 };
    expect(pipe.transform(payload, { type: 'custom', metatype: Object })).toBe(payload);
  });
});
