import { getMetadataStorage, validateSync, ValidationTypes } from 'class-validator';
import { isObject } from '../common/objects.js';
import type { Violation } from '../transport/errors/index.js';
import { violationsOf } from '../transport/errors/violations.js';

type Metadata = ReturnType<
  ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']
>[number];
/** Whether the value of a field surely passes a rule; false also if that is unknown. */
type Rule = (value: unknown, object: object) => boolean;

interface FieldRules {
  readonly property: string;
  /** The field is checked only if all of these hold. */
  readonly conditions: readonly Rule[];
  readonly rules: readonly Rule[];
}

const RULES = new WeakMap<object, readonly FieldRules[]>();

/**
 * The violations that class-validator finds in an instance. It looks up and sorts a class's decorators for each
 * instance, which costs more than the checks. So an instance is first checked by rules that were read once;
 * class-validator only runs for an instance that may have faults.
 */
export function faultsOf(instance: object): Violation[] {
  return isFaultless(instance) ? [] : violationsOf(validateSync(instance));
}

/** False if it may have faults. */
function isFaultless(instance: object): boolean {
  const { constructor } = instance;
  const fields = rulesOf(constructor);
  // class-validator refuses instances without rules.
  if (fields.length === 0) return false;
  return fields.every(({ property, conditions, rules }) => {
    const value: unknown = Reflect.get(instance, property);
    return (
      !conditions.every((holds) => holds(value, instance)) ||
      rules.every((holds) => holds(value, instance))
    );
  });
}

function rulesOf(type: unknown): readonly FieldRules[] {
  if (typeof type !== 'function') return [];
  const known = RULES.get(type);
  if (known !== undefined) return known;
  const storage = getMetadataStorage();
  const metadata = storage.getTargetValidationMetadatas(type, '', false, false);
  const fields = Object.entries(storage.groupByPropertyName(metadata)).map(
    ([property, ofField]): FieldRules => {
      return {
        property,
        conditions: ofField.filter(isCondition).map(conditionOf),
        rules: ofField.filter((one) => !isCondition(one)).flatMap(rulesFrom),
      };
    },
  );
  RULES.set(type, fields);
  return fields;
}

const isCondition = ({ type }: Metadata): boolean =>
  type === ValidationTypes.CONDITIONAL_VALIDATION;

function conditionOf({ constraints }: Metadata): Rule {
  const [condition] = constraints as readonly ((object: object, value: unknown) => unknown)[];
  return (value, object) => condition === undefined || Boolean(condition(object, value));
}

function rulesFrom(metadata: Metadata): Rule[] {
  switch (metadata.type) {
    case ValidationTypes.WHITELIST:
      return [];
    case ValidationTypes.NESTED_VALIDATION:
      return [isFaultlessWithin];
    case ValidationTypes.CUSTOM_VALIDATION:
      return customRules(metadata);
    default:
      return [() => false];
  }
}

/** Checks the items of lists; values that are no instances are left to class-validator. */
function isFaultlessWithin(value: unknown): boolean {
  if (value === undefined) return true;
  return Array.isArray(value)
    ? value.every((entry: unknown) => isObject(entry) && isFaultless(entry))
    : isObject(value) && isFaultless(value);
}

function customRules({ constraintCls, constraints, each, propertyName, ...one }: Metadata): Rule[] {
  return getMetadataStorage()
    .getTargetValidatorConstraints(constraintCls)
    .map(({ instance: constraint }): Rule => {
      // A rule that returns a promise counts as not passed.
      const fits = (value: unknown, whole: unknown, object: object): boolean =>
        constraint.validate(value, {
          value: whole,
          constraints,
          targetName: object.constructor.name,
          object,
          property: propertyName,
        }) === true;
      return (value, object) => {
        if (one.validateIf !== undefined && !one.validateIf(object, value)) return true;
        if (!each) return fits(value, value, object);
        return Array.isArray(value) && value.every((entry) => fits(entry, value, object));
      };
    });
}
