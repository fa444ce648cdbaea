import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { canMount, fillDisk, readOnlyDisk, smallDisk } from '../../store/journal-file/testing-small-disk.ts'
import { directorySource } from '../tiles/tile-source.ts'
import { verifyLog } from '../verify/verify-log.ts'
import { createLog, type LogOptions, openLog } from './open-log.ts'
import { SIGNER } from './testing.ts'

const CHILD = fileURLToPath(new URL('testing-child.ts', import.meta.url))
/** Not in every container. */
const canTrace = spawnSync('strace', ['-e', 'trace=fsync', 'true']).status === 0

function scratch(): string {
  const base = mkdtempSync(join(tmpdir(), 'spillway-log-disk-'))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  return base
}

const optionsIn = (base: string): LogOptions => ({ folder: join(base, 'log'), privateFolder: join(base, 'private'), signer: SIGNER })
const entries = (from: number, count: number): Buffer[] => Array.from({ length: count }, (_, n) => Buffer.from(`entry ${from + n} ${'x'.repeat(200)}`))

describe.runIf(canMount)('a real disk that refuses', () => {
  it.each([
    ['is full (ENOSPC)', fillDisk, 'ENOSPC'],
    ['can only be read (EROFS)', readOnlyDisk, 'EROFS'],
  ])('that %s: not acknowledged, and the log takes nothing until it is opened anew; then all goes on', async (_, refuse, code) => {
    const base = scratch()
    const disk = join(base, 'disk')
    smallDisk(disk, 4)
    // The lock is held open, which would keep the disk writable.
    const options = { ...optionsIn(base), folder: join(disk, 'log') }
    createLog(options)
    const log = await openLog(options)
    log.commit(entries(0, 300), 'first')
    const mend = refuse(disk)
    expect(() => log.commit(entries(300, 600), 'second')).toThrowError(expect.objectContaining({ code: 'AUDIT_WRITE_FAILED', message: expect.stringContaining(code) }))
    expect(() => log.commit([])).toThrowError(expect.objectContaining({ code: 'AUDIT_WRITE_FAILED' }))
    log.close()
    mend()
    const again = await openLog(options)
    expect([again.size, again.cursor]).toEqual([300, 'first'])
    again.commit(entries(300, 600), 'second')
    again.close()
    expect(await verifyLog({ source: directorySource(options.folder), log: SIGNER.verifier })).toMatchObject({ size: 900, checked: 900, problems: [] })
  })
})

describe.runIf(canTrace)('a sync of the real disk that fails (EIO, by strace)', () => {
  it.each([8, 9, 10, 11, 12, 13, 14, 30])('number %i: the writer ends, what it has promised is there, and nothing more was promised', async (sync) => {
    const options = optionsIn(scratch())
    createLog(options)
    const { status, stdout, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', '-e', 'trace=fsync', '-e', `inject=fsync:error=EIO:when=${sync}`, process.execPath, CHILD, options.folder, options.privateFolder], { encoding: 'utf8', timeout: 60_000 })
    expect([status, stderr]).toEqual([1, expect.stringMatching(/the log cannot be written \(EIO\)/u)])
    const promised = Number(stdout.split('\n').at(-2) ?? 0)
    const log = await openLog(options)
    expect(log.size).toBeGreaterThanOrEqual(promised)
    expect(log.cursor).toBe(log.size === 0 ? '' : String(log.size))
    log.close()
    expect(await verifyLog({ source: directorySource(options.folder), log: SIGNER.verifier })).toMatchObject({ size: log.size, checked: log.size, problems: [] })
  })
})

it('two processes: the second is refused while the first lives, and comes in when it was killed', async () => {
  const options = optionsIn(scratch())
  createLog(options)
  const child = spawn(process.execPath, [CHILD, options.folder, options.privateFolder], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    await expect(openLog(options)).rejects.toMatchObject({ code: 'AUDIT_LOCKED' })
  } finally {
    child.kill('SIGKILL')
  }
  await once(child, 'close')
  const log = await openLog(options)
  expect(log.size).toBeGreaterThan(0)
  log.close()
})
