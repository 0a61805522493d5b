import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INDEXES = [
  'src/transport/index.ts',
  'src/transport/codec/index.ts',
  'src/transport/pubsub/index.ts',
  'src/transport/signatures/index.ts',
  'src/transport/sns-http/index.ts',
  'src/transport/topology/public/index.ts',
  'src/testing/index.ts',
  'src/aws/index.ts',
];

/** What users write or implement, rather than read. */
const WRITTEN = /(Options|Declaration|Encryption|Tuning|Credentials)$/;

const UNITS: readonly (readonly [name: RegExp, unit: RegExp])[] = [
  [/Ms$/, /milliseconds/i],
  [/[a-z]S$/, /(?<!milli)seconds/i],
  [/Bytes$/, /bytes/i],
];

/** Spelled as AWS spells it, in JSON for AWS: explained by the page that its owner names with @see. */
const OF_AWS = /^[A-Z]/;

/** One thing that is exported, or a member of one. */
class Documented {
  readonly #tags: readonly ts.JSDocTagInfo[];
  readonly text: string;

  constructor(
    readonly symbol: ts.Symbol,
    checker: ts.TypeChecker,
  ) {
    this.#tags = symbol.getJsDocTags(checker);
    this.text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  }

  has(name: string): boolean {
    return this.#tags.some((tag) => tag.name === name);
  }

  /** The prose and every tag: where a unit may stand. */
  get all(): string {
    return [this.text, ...this.#tags.map(({ text }) => ts.displayPartsToString(text))].join('\n');
  }
}

const declarationsOf = ({ declarations = [] }: ts.Symbol): readonly ts.Declaration[] =>
  declarations;

const isErrorClass = (symbol: ts.Symbol): boolean =>
  declarationsOf(symbol).some(
    (declaration) =>
      ts.isClassDeclaration(declaration) &&
      declaration.heritageClauses?.some(({ types }) =>
        types.some(({ expression }) => expression.getText().endsWith('Error')),
      ),
  );

/** Members that are there for users: of the sources, not inherited from a package, not private, not Nest's to explain. */
function isPublicMember(member: ts.Symbol): boolean {
  return declarationsOf(member).some((declaration) => {
    const name = ts.getNameOfDeclaration(declaration);
    const hidden =
      ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Override;
    return (
      name !== undefined &&
      !ts.isPrivateIdentifier(name) &&
      (ts.getCombinedModifierFlags(declaration) & hidden) === 0 &&
      declaration.getSourceFile().fileName.includes('/src/')
    );
  });
}

/** Whether the function throws by itself; what it calls may do so as well. */
function throws(symbol: ts.Symbol): boolean {
  const search = (node: ts.Node): boolean =>
    ts.isThrowStatement(node) ||
    (!ts.isFunctionLike(node) && ts.forEachChild(node, search) === true);
  return declarationsOf(symbol).some((declaration) => {
    const { body } = declaration as Partial<ts.FunctionLikeDeclaration>;
    return body !== undefined && search(body);
  });
}

function unitFaults({ symbol, all }: Documented): string[] {
  return UNITS.filter(([name, unit]) => name.test(symbol.name) && !unit.test(all)).map(
    ([, unit]) => `says no unit (${unit.source})`,
  );
}

function memberFaults(one: Documented, owner: Documented): string[] {
  const optional = (one.symbol.flags & ts.SymbolFlags.Optional) !== 0;
  if (OF_AWS.test(one.symbol.name))
    return owner.has('see') ? [] : ['is AWS’s word, and its owner has no @see'];
  return [
    ...(one.text === '' ? ['has no docstring'] : []),
    ...unitFaults(one),
    ...(WRITTEN.test(owner.symbol.name) && optional && !one.has('defaultValue')
      ? ['may be left out and has no @defaultValue (“none: …” where there is none)']
      : []),
    ...(throws(one.symbol) && !one.has('throws') ? ['throws and has no @throws'] : []),
  ];
}

function exportFaults(one: Documented): string[] {
  if (one.text === '') return ['has no docstring'];
  if (isErrorClass(one.symbol))
    return /^(Thrown|The base of) .+\n\n.+/s.test(one.text)
      ? []
      : [
          'is an error: its docstring begins with “Thrown …”, and a second paragraph says what to do',
        ];
  const isValue = (one.symbol.flags & ts.SymbolFlags.Value) !== 0;
  return [
    ...(isValue && !one.has('example') ? ['has no @example'] : []),
    ...(throws(one.symbol) && !one.has('throws') ? ['throws and has no @throws'] : []),
  ];
}

/** The sources alone: what packages declare is not this test's to read. */
function programOf(): ts.Program {
  const files = ['src/transport', 'src/aws', 'src/testing', 'src/platform/embedded'].flatMap(
    (folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(ROOT, folder, file)),
  );
  return ts.createProgram(files, {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noResolve: true,
    types: [],
  });
}

function membersOf(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol[] {
  const statics = symbol.flags & ts.SymbolFlags.Class ? checker.getTypeOfSymbol(symbol) : undefined;
  const declared = checker.getDeclaredTypeOfSymbol(symbol);
  const types = [
    ...(declared.isUnion() ? declared.types : [declared]),
    ...(statics ? [statics] : []),
  ];
  return [...new Set(types.flatMap((type) => type.getProperties()))].filter(
    (member) => isPublicMember(member) && member.name !== 'prototype',
  );
}

/** The file, and the class or interface: an inherited member is named once, where it is declared. */
function placeOf({ declarations: [declaration] = [] }: ts.Symbol, exported: ts.Symbol): string {
  if (!declaration) return exported.name;
  const { parent } = declaration;
  const owner =
    ts.isInterfaceDeclaration(parent) || ts.isClassDeclaration(parent)
      ? parent.name?.text
      : undefined;
  return `${relative(ROOT, declaration.getSourceFile().fileName)}: ${owner ?? exported.name}`;
}

function faultsOf(index: string, program: ts.Program): string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(join(ROOT, index));
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${index} is no module`);
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const symbol =
      exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const documented = new Documented(symbol, checker);
    const members = membersOf(symbol, checker).flatMap((member) =>
      memberFaults(new Documented(member, checker), documented).map(
        (fault) => `${placeOf(member, symbol)}.${member.name} ${fault}`,
      ),
    );
    const own = exportFaults(documented);
    return [...own.map((fault) => `${placeOf(symbol, symbol)} ${fault}`), ...members];
  });
}

describe('what the package exports', () => {
  it('is documented: what it does, units, defaults, errors and an example', () => {
    const program = programOf();
    const faults = new Set(INDEXES.flatMap((index) => faultsOf(index, program)));
    expect([...faults]).toEqual([]);
  });
});
