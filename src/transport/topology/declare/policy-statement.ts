import { isJsonObject } from '../../../common/objects.js';

type Values = readonly string[];

/** A statement of an access policy by any author, with a list wherever AWS accepts one value or several. */
export interface Statement {
  readonly sid: string | undefined;
  readonly effect: string | undefined;
  /** `Service:` and its name, `AWS:` and an account's, or `*` for everybody. */
  readonly principals: Values;
  readonly actions: Values;
  readonly resources: Values;
  /** Keys in small letters, as AWS does not tell their case apart. */
  readonly conditions: readonly {
    readonly operator: string;
    readonly key: string;
    readonly values: Values;
  }[];
  /** As it was written. */
  readonly source: unknown;
}

/** The statements of an access policy, besides its own fields (`Version`, `Id`). */
interface AccessPolicy {
  readonly head: Readonly<Record<string, unknown>>;
  readonly statements: readonly Statement[];
}

/**
 * Reads a policy written in any of the forms that AWS accepts; values that are no statements are dropped.
 *
 * @throws SyntaxError for a text that is no JSON.
 */
export function readPolicy(text: string | undefined): AccessPolicy {
  const policy: unknown = JSON.parse(text || '{}');
  if (!isJsonObject(policy)) return { head: {}, statements: [] };
  const { Statement: written = [], ...head } = policy;
  const list: readonly unknown[] = Array.isArray(written) ? written : [written];
  return { head, statements: list.filter(isJsonObject).map(readStatement) };
}

function readStatement(source: Record<string, unknown>): Statement {
  return {
    sid: textOf(source['Sid']),
    effect: textOf(source['Effect']),
    principals: principalsOf(source['Principal']),
    actions: textsOf(source['Action']),
    resources: textsOf(source['Resource']),
    conditions: conditionsOf(source['Condition']),
    source,
  };
}

const principalsOf = (principal: unknown): string[] =>
  isJsonObject(principal)
    ? Object.entries(principal).flatMap(([kind, names]) =>
        textsOf(names).map((name) => `${kind}:${name}`),
      )
    : [...textsOf(principal)];

const conditionsOf = (condition: unknown): Statement['conditions'] =>
  isJsonObject(condition)
    ? Object.entries(condition).flatMap(([operator, keys]) =>
        isJsonObject(keys)
          ? Object.entries(keys).map(([key, values]) => ({
              operator,
              key: key.toLowerCase(),
              values: textsOf(values),
            }))
          : [],
      )
    : [];

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** One text or a list of them; numbers and booleans become texts, as in AWS. */
const textsOf = (value: unknown): Values =>
  (Array.isArray(value) ? (value as readonly unknown[]) : [value])
    .filter((one) => ['string', 'number', 'boolean'].includes(typeof one))
    .map(String);
