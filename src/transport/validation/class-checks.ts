import { ARRAY_MAX_SIZE, ARRAY_UNIQUE, getMetadataStorage, ValidationTypes } from 'class-validator';

type Metadata = ReturnType<
  ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']
>[number];

/** The checks that class-validator makes on one property of a class. */
export interface PropertyChecks {
  readonly name: string;
  /** Whether it descends into the value. */
  readonly nested: boolean;
  /** Whether it compares every item of a list with every other. */
  readonly unique: boolean;
  /** The list's bound, and the text of its fault. */
  readonly maxSize: Metadata | undefined;
  /** Whether the property is checked at all, by `@IsOptional` and `@ValidateIf`. */
  readonly applies: (object: object, value: unknown) => boolean;
}

interface ClassChecks {
  /** Decorators of all properties. */
  readonly count: number;
  /** Properties whose checks grow with the value. */
  readonly growing: readonly PropertyChecks[];
}

const NONE: ClassChecks = { count: 0, growing: [] };
const known = new WeakMap<object, ClassChecks>();

/** The checks that class-validator makes on an object of a class; none for a plain object. */
export function checksOf(type: unknown): ClassChecks {
  if (typeof type !== 'function' || type === Object || type === Array) return NONE;
  const found = known.get(type);
  if (found) return found;
  const storage = getMetadataStorage();
  const all = storage.getTargetValidationMetadatas(type, '', false, false);
  const properties = Object.entries(storage.groupByPropertyName(all)).map(([name, own]) =>
    propertyChecks(name, own),
  );
  const checks = {
    count: all.length,
    growing: properties.filter(({ nested, unique, maxSize }) => nested || unique || maxSize),
  };
  known.set(type, checks);
  return checks;
}

function propertyChecks(name: string, own: readonly Metadata[]): PropertyChecks {
  const conditions = own.filter(({ type }) => type === ValidationTypes.CONDITIONAL_VALIDATION);
  return {
    name,
    nested: own.some(({ type }) => type === ValidationTypes.NESTED_VALIDATION),
    unique: own.some((one) => one.name === ARRAY_UNIQUE),
    maxSize: own.find((one) => one.name === ARRAY_MAX_SIZE && !one.each),
    applies: (object, value) =>
      conditions.every(({ constraints: [holds] }) =>
        typeof holds === 'function'
          ? Boolean(Reflect.apply(holds, undefined, [object, value]))
          : true,
      ),
  };
}

/** The message that class-validator would give. */
export function messageOf(check: Metadata, object: object, value: unknown): string {
  const { message, constraints, propertyName: property, target } = check;
  const targetName = typeof target === 'string' ? target : target.name;
  const text =
    typeof message === 'function'
      ? message({ targetName, property, object, value, constraints })
      : message || `$property must contain no more than $constraint1 elements`;
  return text
    .replaceAll('$constraint1', String(constraints[0]))
    .replaceAll('$property', property)
    .replaceAll('$target', targetName);
}
