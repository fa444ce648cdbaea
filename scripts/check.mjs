// Everything a change must pass, in the order that fails fastest. `npm test` runs this and CI runs `npm test`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const scratch = mkdtempSync(join(tmpdir(), 'spillway-check-'))
const results = join(scratch, 'results.json')
const steps = [
  ['types', 'tsc', ['--noEmit']],
  ['types of the dashboard', 'tsc', ['--noEmit', '-p', 'web']],
  ['lint', 'oxlint', ['--deny-warnings']],
  ['unused code', 'knip', ['--no-progress']],
  ['tests', 'vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${results}`]],
]

/** The suites of the ClickHouse store run where there is one: says on which, or why not. */
function sayOfClickhouse(tests) {
  const own = tests.filter(({ ancestorTitles: [suite = ''] }) => /^ClickHouse(?: [\d.]+$|: not run: )/u.test(suite))
  for (const suite of new Set(own.map(({ ancestorTitles }) => ancestorTitles[0]))) {
    const found = own.filter(({ ancestorTitles }) => ancestorTitles[0] === suite)
    console.log(suite.includes(': not run: ') ? suite : `${suite}: ${found.filter(({ status }) => status === 'passed').length} of ${found.length} tests passed`)
  }
}

let failed = false
for (const [label, command, args] of steps) {
  const start = process.hrtime.bigint()
  const run = spawnSync(command, args, { stdio: 'inherit' })
  const seconds = (Number(process.hrtime.bigint() - start) / 1e9).toFixed(1)
  console.log(`${run.status === 0 ? 'ok  ' : 'FAIL'} ${label} (${seconds} s)`)
  if (run.status !== 0) {
    failed = true
    break
  }
}
let summary = '0 passed, 1 failed'
try {
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(results, 'utf8'))
  sayOfClickhouse(testResults.flatMap(({ assertionResults }) => assertionResults))
  summary = `${numPassedTests} passed, ${numFailedTests} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''}`
} catch {
  // No results: a step before the tests failed, which the summary above says.
}
rmSync(scratch, { recursive: true, force: true })
console.log(summary)
process.exit(failed ? 1 : 0)
