import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import {
  IsInt,
  IsOptional,
  IsString,
  MaxLength,
  validateSync,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import * as fc from 'fast-check';
import { AddStepPayload, UpdateStepPayload } from '../../src/features/registry/registry.dto.js';
import {
  Command,
  DataReference,
  ExecutionRecord,
  faultsOf,
  Result,
  violationsOf,
} from '../../src/protocol/index.js';

class Entry {
  @IsInt() n!: number;
}

let looks = 0;

class Form {
  @IsString() @MaxLength(3) name!: string;
  @IsOptional() @IsInt() count?: number;
  @IsString({ each: true }) tags!: unknown;
  @ValidateIf(({ name }: Form) => name === 'a') @IsInt() onlyOfA?: number;
  @IsInt({ validateIf: (_: unknown, value: unknown) => value !== 'any' }) some!: unknown;
  @ValidateNested() one?: unknown;
  @ValidateNested({ each: true }) all?: unknown;
  @ValidateBy({ name: 'counted', validator: { validate: () => (looks += 1) > 0 } }) at = 0;
}

class Later {
  @ValidateBy({ name: 'later', async: true, validator: { validate: () => Promise.resolve(true) } })
  at = 0;
}

const anything = fc.oneof(
  fc.constantFrom<unknown[]>(undefined, null, '', 'a', 'any', 'abcd', 0, 1.5, true, [], {}),
  fc.array(fc.oneof(fc.integer(), fc.string({ maxLength: 4 }), fc.constant(null)), {
    maxLength: 3,
  }),
  fc.constantFrom<unknown[]>(new Set(['a', 1]), new Map([['a', 1]]), new Date(0), () => 1),
);
const entry = fc.oneof(
  anything,
  anything.map((n) => Object.assign(new Entry(), { n })),
  fc.integer().map((n) => Object.assign(new Entry(), { n })),
);

const classValidatorSays = (instance: object) => violationsOf(validateSync(instance));

describe('faultsOf', () => {
  it('says what class-validator says of conditions, lists and nested classes', () => {
    const fields = fc.record(
      {
        name: anything,
        count: anything,
        tags: anything,
        onlyOfA: anything,
        some: anything,
        one: fc.oneof(entry, fc.array(entry, { maxLength: 2 })),
        all: fc.oneof(entry, fc.array(entry, { maxLength: 3 })),
      },
      { requiredKeys: [] },
    );
    const good = { name: 'a', tags: ['b'], onlyOfA: 1, some: 'any' };
    fc.assert(
      fc.property(fields, (given) => {
        const form = Object.assign(new Form(), good, given);
        expect(faultsOf(form)).toEqual(classValidatorSays(form));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [Command, { type: 'a', action: 'b' }],
    [Result, { status: 'success', correlation_id: 'a' }],
    [DataReference, { ref_type: 'table', location: 'a' }],
    [ExecutionRecord, { execution_type: 'sql' }],
  ])('says what class-validator says of a %p with any fields', (type, init) => {
    const good: object = Reflect.construct(type, [init]);
    expect(faultsOf(good)).toEqual([]);
    const names = Object.keys(good);
    fc.assert(
      fc.property(fc.constantFrom(...names), anything, (name, value) => {
        const instance: object = Object.assign(Reflect.construct(type, [init]), { [name]: value });
        expect(faultsOf(instance)).toEqual(classValidatorSays(instance));
      }),
    );
  });

  it.each([AddStepPayload, UpdateStepPayload])(
    'says what class-validator says of a %p, which inherits rules',
    (type) => {
      const fields = fc.dictionary(
        fc.constantFrom('job_id', 'step_id', 'step_name', 'handler_type', 'action', 'metadata'),
        anything,
      );
      fc.assert(
        fc.property(fields, (given) => {
          const payload = Object.assign(new type(), given);
          expect(faultsOf(payload)).toEqual(classValidatorSays(payload));
        }),
      );
    },
  );

  it.each([[{ a: 1 }], [new Date(0)], [new Later()]])(
    'leaves %p, which it has no rules for, to class-validator',
    (instance) => {
      expect(faultsOf(instance)).toEqual(classValidatorSays(instance));
    },
  );

  it('looks once at an instance without faults', () => {
    const form = Object.assign(new Form(), { name: 'a', tags: [], onlyOfA: 1, some: 1 });
    looks = 0;

    faultsOf(form);

    expect(looks).toBe(1);
  });
});
