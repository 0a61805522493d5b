// Texts for people are not mutated: what a log line or an error says is read, not computed with.
// A plugin: https://stryker-mutator.io/docs/stryker-js/disable-mutants#using-an-ignore-plugin

const TEXTS = new Set(['StringLiteral', 'TemplateLiteral']);

const isLogged = ({ type, callee }) =>
  type === 'CallExpression' && callee.object?.property?.id?.name === 'logger';

const isError = ({ type, callee }) => type === 'NewExpression' && callee.name?.endsWith('Error');

const texts = {
  shouldIgnore({ node, parent, key }) {
    if (!TEXTS.has(node.type) || !parent) return undefined;
    if (isLogged(parent)) return 'the text of a log line';
    if (isError(parent) && key === 0) return 'the text of an error';
    return undefined;
  },
};

export const strykerPlugins = [{ kind: 'Ignore', name: 'texts', value: texts }];
