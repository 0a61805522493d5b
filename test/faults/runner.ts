// One run of one row in a process of its own, so that rows can run side by side.
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import type { RowOptions } from './row.js';
import { ROWS } from './rows.js';
import { runRow } from './run-row.js';

const [name = '', options = '{}'] = process.argv.slice(2);
const row = ROWS.find((one) => one.name === name);
if (!row) throw new Error(`There is no row "${name}"`);
process.on('disconnect', () => process.exit(1));
// Each retry is a warning, and here there are thousands.
Logger.overrideLogger(false);
const result = await runRow(row, JSON.parse(options) as RowOptions);
process.send?.(result, () => process.exit(0));
