import { Command, CommanderError } from 'commander'
import { SpillwayError, oneLine } from '../../core/errors.ts'
import { alertsCommand } from './alerts.ts'
import { auditCommand } from './audit.ts'
import { breakEvenCommand } from './break-even.ts'
import { budgetsCommand } from './budgets.ts'
import { callsCommand } from './calls.ts'
import { catalogCommand } from './catalog.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { engineSimCommand } from './engine-sim.ts'
import { importCommand } from './import.ts'
import type { Io } from './io.ts'
import { keysCommand } from './keys.ts'
import { secretsCommand } from './secrets.ts'
import { reconcileCommand } from './reconcile.ts'
import { serveCommand } from './serve.ts'
import { startCommand } from './start.ts'
import { leaksCommand } from './leaks.ts'
import { planCommand } from './plan.ts'
import { topCommand } from './top.ts'
import { traceCommand } from './trace.ts'
import { profileCommand } from './profile.ts'
import { reportCommand } from './report.ts'
import { usersCommand } from './users.ts'
import { witnessCommand } from './witness.ts'

/**
 * Exit statuses: 0 done, 1 a defect of Spillway (please report), 2 wrong usage or input, 3 a check found problems
 * (`catalog check`, `audit verify`, `alerts test`).
 */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const program = commands(io)
  quiet(program, io)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    const status = Number(process.exitCode ?? 0)
    // Taken, not left: a second command in this process starts afresh.
    process.exitCode = undefined
    return status
  } catch (error) {
    return report(error, argv, io)
  }
}

/** All commands there are. */
export function commands(io: Io): Command {
  const program = new Command('spillway')
    .description('Own the floor, rent the peak: plan what serves LLM inference cheapest, and prove it.')
    .version('0.1.0')
  program.addCommand(planCommand(io))
  program.addCommand(reportCommand(io))
  program.addCommand(breakEvenCommand(io))
  program.addCommand(catalogCommand(io))
  program.addCommand(profileCommand(io))
  program.addCommand(importCommand(io))
  program.addCommand(serveCommand(io))
  program.addCommand(doctorCommand(io))
  program.addCommand(keysCommand(io))
  program.addCommand(budgetsCommand(io))
  program.addCommand(usersCommand(io))
  program.addCommand(secretsCommand(io))
  program.addCommand(topCommand(io))
  program.addCommand(callsCommand(io))
  program.addCommand(alertsCommand(io))
  program.addCommand(traceCommand(io))
  program.addCommand(leaksCommand(io))
  program.addCommand(reconcileCommand(io))
  program.addCommand(auditCommand(io))
  program.addCommand(witnessCommand(io))
  program.addCommand(engineSimCommand(io))
  program.addCommand(demoCommand(io))
  program.addCommand(startCommand(io))
  return program
}

/** Routes commander's own output through `io` and keeps it from ending the process. */
function quiet(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: io.stdout,
    writeErr: io.stderr,
    getOutHelpWidth: () => Math.min(io.columns, 100),
    getErrHelpWidth: () => Math.min(io.columns, 100),
    // The error itself is printed once, by `report`.
    outputError: () => {},
  })
  for (const child of command.commands) quiet(child, io)
}

function report(thrown: unknown, argv: readonly string[], io: Io): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0
  const error = thrown instanceof CommanderError ? usageError(thrown) : thrown
  if (error instanceof SpillwayError) {
    if (argv.includes('--json')) io.stdout(`${JSON.stringify(error, null, 2)}\n`)
    io.stderr(`${error.toLine()}\n`)
    return error.exitCode
  }
  const text = error instanceof Error ? error.message : String(error)
  io.stderr(`error INTERNAL: ${oneLine(text)}. This is a defect of Spillway; set SPILLWAY_DEBUG=1 for the trace and report it.\n`)
  if (io.env['SPILLWAY_DEBUG'] && error instanceof Error) io.stderr(`${error.stack}\n`)
  return 1
}

function usageError({ message }: CommanderError): SpillwayError {
  const text = message.trim().replace(/^error: /u, '').replace(/\.$/u, '').replaceAll(/\s*\n\s*/gu, ' ')
  return new SpillwayError('CLI_USAGE', text === '(outputHelp)' ? 'no command is given' : text, 'Add --help for the options and examples')
}
