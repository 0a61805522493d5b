const WORDS = / \[not here: (.*)\]$/;

const byText = (a, b) => a.localeCompare(b, 'en');

/** Feature × engine: how many promises were shown, and why others were not. */
export class Table {
  failed = false;
  #engines = [];
  #features = new Map();
  #reasons = [];

  broken() {
    this.failed = true;
  }

  add(engine, feature, title, status) {
    if (!this.#engines.includes(engine)) this.#engines.push(engine);
    const row = this.#features.get(feature) ?? new Map();
    this.#features.set(feature, row);
    const cell = row.get(engine) ?? { shown: 0, gaps: [] };
    row.set(engine, cell);
    if (status === 'passed') cell.shown += 1;
    else if (status === 'failed') this.failed = true;
    else cell.gaps.push({ title: title.replace(WORDS, ''), reason: WORDS.exec(title)?.[1] ?? '' });
  }

  /** One line for each test that an engine could not carry. */
  gaps() {
    return [...this.#features].flatMap(([feature, row]) =>
      [...row].flatMap(([engine, { gaps }]) =>
        gaps.map(({ title, reason }) => `  ${engine}: ${feature}: ${title}: ${reason}`),
      ),
    );
  }

  markdown() {
    const engines = this.#engines.toSorted(byText);
    const rows = [...this.#features.keys()].toSorted(byText).map((feature) => {
      const cells = engines.map((engine) => this.#cell(this.#features.get(feature).get(engine)));
      return `| ${feature} | ${cells.join(' | ')} |`;
    });
    const head = `| | ${engines.join(' | ')} |\n|---|${engines.map(() => '---|').join('')}`;
    const notes = this.#reasons.map((reason, index) => `${index + 1}. ${reason}`);
    return [head, ...rows].join('\n') + (notes.length > 0 ? `\n\n${notes.join('\n')}` : '');
  }

  #cell(cell) {
    if (cell === undefined) return '';
    const notes = [...new Set(cell.gaps.map(({ reason }) => this.#note(reason)))].toSorted(
      (a, b) => a - b,
    );
    const not = cell.gaps.length > 0 ? `${cell.gaps.length} not (${notes.join(', ')})` : '';
    return [cell.shown > 0 ? `${cell.shown} shown` : '', not].filter(Boolean).join(', ');
  }

  #note(reason) {
    if (!this.#reasons.includes(reason)) this.#reasons.push(reason);
    return this.#reasons.indexOf(reason) + 1;
  }
}
