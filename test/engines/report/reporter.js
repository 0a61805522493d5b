// Writes what was shown where: to the terminal always, into docs/engines.md when every engine ran every suite.
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { Table } from './table.js';

const PAGE = new URL('../../../docs/engines.md', import.meta.url);
const START = '<!-- written by npm run test:engines -->';
const END = '<!-- to here -->';

/** Brokers of Nest's own transports: what they show is no promise of Weft. */
const CONTROLS = ['nats', 'rabbitmq'];
const ALL = [
  'memory',
  'embedded',
  'localstack',
  'elasticmq',
  'moto',
  'dynamodb-local',
  'mongo-java-server',
  'trino',
];

export default class EnginesReporter {
  #config;
  #table = new Table();

  constructor(config) {
    this.#config = config;
  }

  onTestResult({ context }, { testResults: results, failureMessage: failure }) {
    const { name } = context.config.displayName;
    if (CONTROLS.includes(name)) return;
    if (results.length === 0 && failure) this.#table.broken(name);
    for (const { ancestorTitles, title, status } of results)
      this.#table.add(name, ancestorTitles[0] ?? '', title, status);
  }

  async onRunComplete() {
    const gaps = this.#table.gaps();
    if (gaps.length > 0) console.log(['\nNot shown, as the engine cannot:', ...gaps].join('\n'));
    if (!this.#isWhole() || this.#table.failed) return;
    const page = readFileSync(PAGE, 'utf8');
    const [head, rest] = page.split(START);
    const tail = rest?.split(END)[1];
    if (tail === undefined)
      throw new Error(`docs/engines.md has lost its marks ${START} and ${END}`);
    const options = await resolveConfig(PAGE.pathname);
    const text = `${head}${START}\n\n${this.#table.markdown()}\n\n${END}${tail}`;
    const written = await format(text, { ...options, parser: 'markdown' });
    if (written !== page) writeFileSync(PAGE, written);
  }

  /** A run over some engines, or of some tests, must not take the others out of the table. */
  #isWhole() {
    const { testNamePattern, nonFlagArgs = [] } = this.#config;
    const engines = Object.keys(JSON.parse(process.env.WEFT_ENGINES ?? '{}'));
    return (
      !testNamePattern && nonFlagArgs.length === 0 && ALL.every((one) => engines.includes(one))
    );
  }
}
