import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SpillwayError } from '../../core/errors.ts'
import type { GatewayConfig } from '../../route/config-types.ts'
import { loadConfig } from './load-config.ts'
import { minimal, scratchFolder } from './testing.ts'
import { watchConfig, type ConfigWatch } from './watch-config.ts'

interface Watched {
  readonly file: string
  readonly watch: ConfigWatch
  readonly changes: GatewayConfig[]
  readonly errors: string[][]
  /** The next change or error. */
  readonly next: () => Promise<void>
  readonly env: Record<string, string>
}

async function watched(file: string, env: Record<string, string> = {}): Promise<Watched> {
  const changes: GatewayConfig[] = []
  const errors: string[][] = []
  let waiting: (() => void)[] = []
  const wake = (): void => {
    for (const resolve of waiting) resolve()
    waiting = []
  }
  const watch = watchConfig(
    file,
    (config) => {
      changes.push(config)
      wake()
    },
    (problems: readonly SpillwayError[]) => {
      errors.push(problems.map(({ message }) => message))
      wake()
    },
    { env, current: await loadConfig(file, { env }), debounceMs: 5, pollMs: 20 },
  )
  onTestFinished(() => watch.stop())
  return { file, watch, changes, errors, next: () => new Promise((resolve) => waiting.push(resolve)), env }
}

function written(text = minimal()): string {
  const file = join(scratchFolder(), 'spillway.yaml')
  writeFileSync(file, text)
  return file
}

describe('watchConfig', () => {
  it('a changed file is the new configuration', async () => {
    const { file, changes, next } = await watched(written())
    const changed = next()
    writeFileSync(file, minimal('    capacity: 7\n'))
    await changed
    expect(changes.map(({ pools }) => pools[0]?.capacity)).toEqual([7])
  })

  it('replaced as editors do it (another file by the same name)', async () => {
    const { file, changes, next } = await watched(written())
    const changed = next()
    writeFileSync(`${file}.new`, minimal('    capacity: 8\n'))
    renameSync(`${file}.new`, file)
    await changed
    expect(changes[0]?.pools[0]?.capacity).toBe(8)
  })

  it('replaced as Kubernetes does it (the link ..data leads elsewhere)', async () => {
    const folder = scratchFolder()
    for (const [name, text] of [['one', minimal()], ['two', minimal('    capacity: 9\n')]] as const) {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'spillway.yaml'), text)
    }
    symlinkSync('one', join(folder, '..data'))
    symlinkSync('..data/spillway.yaml', join(folder, 'spillway.yaml'))
    const { changes, next } = await watched(join(folder, 'spillway.yaml'))
    const changed = next()
    symlinkSync('two', join(folder, '..data_tmp'))
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
    await changed
    expect(changes[0]?.pools[0]?.capacity).toBe(9)
  })

  it('an invalid file says everything that is wrong, once, and changes nothing; mended, it counts', async () => {
    const { file, watch, changes, errors, next } = await watched(written())
    const complained = next()
    writeFileSync(file, minimal('    capcity: 7\n', 'limts: {}\n'))
    await complained
    await watch.reload()
    await watch.reload()
    expect([changes.length, errors]).toEqual([0, [['pools[0].capcity is no setting that Spillway knows', 'limts is no setting that Spillway knows']]])
    const changed = next()
    writeFileSync(file, minimal('    capacity: 7\n'))
    await changed
    expect(changes).toHaveLength(1)
  })

  it('one that cannot be put in force leaves the old one, says so, and counts once it can', async () => {
    const file = written()
    const before = await loadConfig(file, { env: {} })
    const [taken, errors]: [GatewayConfig[], string[]] = [[], []]
    let refuses = true
    const take = (config: GatewayConfig): void => {
      if (refuses) throw new Error('defect')
      taken.push(config)
    }
    const watch = watchConfig(file, take, (problems) => errors.push(...problems.map(({ code }) => code)), { env: {}, current: before, debounceMs: 60_000, pollMs: 60_000 })
    onTestFinished(() => watch.stop())
    writeFileSync(file, minimal('    capacity: 7\n'))
    await watch.reload()
    await watch.reload()
    expect([taken, errors]).toEqual([[], ['CONFIG_INVALID']])
    refuses = false
    await watch.reload()
    expect(taken.map(({ pools }) => pools[0]!.capacity)).toEqual([7])
  })

  it('the same meaning again is no change: touched, or back before it was read', async () => {
    const { file, watch, changes } = await watched(written())
    writeFileSync(file, readFileSync(file))
    await watch.reload()
    expect(changes).toEqual([])
  })

  it('SIGHUP reads anew: a secret that was rotated behind the same text', async () => {
    const env = { TOKEN: 'old' }
    const { changes, next } = await watched(written(minimal('    auth: { type: bearer, secret: env:TOKEN }\n')), env)
    const changed = next()
    env.TOKEN = 'new'
    process.kill(process.pid, 'SIGHUP')
    await changed
    expect(changes.map(({ pools }) => pools[0]?.auth)).toEqual([{ type: 'bearer', secret: 'new' }])
  })

  it('a file that has gone leaves the old one in force', async () => {
    const { file, changes, errors, next } = await watched(written())
    const complained = next()
    renameSync(file, `${file}.gone`)
    await complained
    expect([changes.length, errors]).toEqual([0, [['there is no such file']]])
  })

  it('stopped, it says nothing any more, and leaves no listener', async () => {
    const before = process.listenerCount('SIGHUP')
    const { file, watch, changes, errors } = await watched(written())
    watch.stop()
    writeFileSync(file, minimal('    capacity: 7\n'))
    await watch.reload()
    expect([changes, errors, process.listenerCount('SIGHUP') - before]).toEqual([[], [], 0])
  })
})
