import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportFolder } from './vitest.mjs';

/**
 * What one report says. A file that could not even be loaded counts as one failure.
 *
 * @param {string} path of a JSON report
 * @returns {{ passed: number; failed: number }}
 */
export function readTotals(path) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  let failed = report.numFailedTests;
  for (const file of report.testResults) {
    if (file.status === 'failed' && file.assertionResults.length === 0) failed += 1;
  }
  return { passed: report.numPassedTests, failed };
}

/** The sum of all reports in the folder. */
export function sumTotals() {
  const total = { passed: 0, failed: 0 };
  if (!existsSync(reportFolder)) return total;
  for (const name of readdirSync(reportFolder)) {
    const { passed, failed } = readTotals(join(reportFolder, name));
    total.passed += passed;
    total.failed += failed;
  }
  return total;
}

if (process.argv[1] === import.meta.filename) {
  // The first argument: how many steps failed, those whose failure is not a test's included.
  const failedSteps = Number(process.argv[2] ?? 0);
  const { passed, failed } = sumTotals();
  console.log(`${passed} passed, ${Math.max(failed, failedSteps)} failed`);
}
