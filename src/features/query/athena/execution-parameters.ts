import { EngineError } from '../query.errors.js';
import type { Parameters, ParameterValue } from '../query.engine.js';
import { withoutHidden } from '../split-statements.js';

/**
 * The values of `?` in Athena's form: each as the text of a literal.
 *
 * @throws {EngineError} if they are named, or their number differs from the statement's; nothing has run then.
 * @see https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
 */
export function executionParameters(sql: string, parameters: Parameters): string[] {
  const isList = Array.isArray(parameters);
  if (!isList && Object.keys(parameters).length > 0) {
    throw refused('Athena takes parameters as a list, for "?" in the SQL, and none by name');
  }
  const values: readonly ParameterValue[] = isList ? parameters : [];
  const asked = withoutHidden(sql).split('?').length - 1;
  if (values.length < asked) {
    throw refused(`parameters has ${values.length} values, and the statement asks for ${asked}`);
  }
  if (values.length > asked) {
    throw refused(
      `parameters has ${values.length} values that are too many: the statement asks for ${asked}`,
    );
  }
  return values.map(literal);
}

function literal(value: ParameterValue): string {
  if (value === null) return 'NULL';
  if (typeof value !== 'string') return String(value);
  return `'${value.replaceAll("'", "''")}'`;
}

const refused = (message: string): EngineError => new EngineError(message, { reason: 'Refused' });
