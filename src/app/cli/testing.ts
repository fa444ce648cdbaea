import { runCli } from './cli.ts'
import type { Io } from './io.ts'

export interface CliRun {
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line in this process with captured output; answers are given to questions in order. */
export async function run(argv: readonly string[], options: { readonly answers?: readonly string[]; readonly io?: Partial<Io> } = {}): Promise<CliRun> {
  let stdout = ''
  let stderr = ''
  const answers = options.answers === undefined ? null : [...options.answers]
  const exit = await runCli(argv, {
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    ask:
      answers === null
        ? null
        : (question) => {
            stderr += question
            return Promise.resolve(answers.shift() ?? '')
          },
    columns: 100,
    color: false,
    progress: false,
    env: {},
    now: () => new Date('2026-11-24T12:00:00Z'),
    ...options.io,
  })
  return { exit, stdout, stderr }
}
