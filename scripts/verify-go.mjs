// Verifies logs and proofs of this program with Go libraries that share nothing with it (verifier/go). Needs Go and its module proxy.
import { spawnSync } from 'node:child_process'

if (spawnSync('go', ['version']).status === 0) {
  const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'src/app/audit/go-verifier.test.ts'], { stdio: 'inherit', env: { ...process.env, SPILLWAY_GO: '1' } })
  process.exitCode = status ?? 1
} else console.log('There is no Go here, so nothing was verified with it. Install Go 1.25 or later and run this again.')
