// class-transformer's @Type needs it, and a program that imports only the protocol has not loaded it.
import 'reflect-metadata';

export * from './command.js';
export * from './data-reference.js';
export * from './event.js';
export * from './execution-record.js';
export { isJsonObject } from '../common/objects.js';
export type { JsonObject } from './json.js';
export * from './outcome.js';
export { violationsOf } from '../transport/errors/violations.js';
export { faultsOf } from './faults-of.js';
export { missingFields, missingFieldsError, invalidFieldsError } from './parse.js';
export * from './protocol.constants.js';
export * from './result.js';
export { tableLocation, type TableDefaults, type TableName } from './table-location.js';
export { isTime, normalizeTime, utcNow } from './time.js';
export {
  IsCount,
  IsJsonObject,
  IsLabel,
  IsList,
  IsName,
  IsNullable,
  IsText,
  IsTime,
  checkedBy,
  schemaOf,
} from './decorators.js';
