import { createInterface } from 'node:readline/promises'
import { runCli } from './cli.ts'

const interactive = process.stdin.isTTY && process.stderr.isTTY

// A reader that closes early (`spillway plan | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  ask: interactive
    ? async (question) => {
        const reader = createInterface({ input: process.stdin, output: process.stderr })
        try {
          return await reader.question(question)
        } finally {
          reader.close()
        }
      }
    : null,
  get columns() {
    return process.stdout.columns ?? 100
  },
  color: process.stdout.isTTY === true && !process.env['NO_COLOR'],
  progress: process.stderr.isTTY === true,
  live: process.stdout.isTTY === true,
  env: process.env,
  now: () => new Date(),
})
