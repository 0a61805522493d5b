// Prints "N passed, N failed", the sum over jest's JSON reports; a test file that could not run at all counts
// as one failed test. Fails when a report is missing or says that nothing passed, and when anything failed.
import { readFileSync } from 'node:fs';

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 0 };
  }
}

const reports = process.argv.slice(2).map(read);
const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
const failed = sum((report) => report.numFailedTests + report.numRuntimeErrorTestSuites);
console.log(`${sum((report) => report.numPassedTests)} passed, ${failed} failed`);
const whole = reports.length > 0 && reports.every((report) => report.numPassedTests > 0);
process.exitCode = whole && failed === 0 ? 0 : 1;
