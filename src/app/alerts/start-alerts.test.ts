import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Condition } from '../../measure/alert/condition.ts'
import { aCondition } from '../../measure/alert/testing.ts'
import { AlertFiles } from './alert-files.ts'
import { startAlerts, type AlertSource, type RunningAlerts } from './start-alerts.ts'
import { AT } from './testing.ts'

const MINUTE = 60_000

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-alerts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

interface World {
  readonly alerts: RunningAlerts
  readonly sent: string[]
  readonly logged: string[]
  readonly time: { now: number }
}

function world(folder: string, ...sources: AlertSource[]): World {
  const sent: string[] = []
  const logged: string[] = []
  const time = { now: AT }
  const say = (level: string) => (_: object, message: string) => void logged.push(`${level} ${message}`)
  const channel = { name: 'hook', send: ({ type, alert }: Parameters<Parameters<typeof startAlerts>[0]['channels'][number]['send']>[0]) => Promise.resolve(void sent.push(`${type} ${alert.condition.id}`)), close: () => {} }
  const alerts = startAlerts({ rules: { remindMs: null, clearMs: 5 * MINUTE }, sources, channels: [channel], files: new AlertFiles(folder), clock: { now: () => time.now }, log: { info: say('info'), warn: say('warn'), error: say('error') }, wait: () => Promise.resolve() })
  return { alerts, sent, logged, time }
}

const source = (conditions: () => readonly Condition[], kind: AlertSource['kind'] = 'pool-unhealthy'): AlertSource => ({ kind, conditions })

describe('alerts', () => {
  it('are sent and logged, and not again after a restart', async () => {
    const folder = scratch()
    const first = world(folder, source(() => [aCondition()]))
    await first.alerts.round()
    await first.alerts.stop()
    expect([first.sent, first.logged, first.alerts.open()]).toEqual([['opened pool-unhealthy:floor'], ['warn Alert: Pool floor has 1 of 2 endpoints out of service: a (down).'], { warning: 1, critical: 0 }])
    let well = false
    const second = world(folder, source(() => (well ? [] : [aCondition()])))
    await second.alerts.round()
    well = true
    second.time.now += 10 * MINUTE
    await second.alerts.round()
    await second.alerts.stop()
    expect(second.sent).toEqual(['resolved pool-unhealthy:floor'])
  })

  it('of one source that fails do not hide those of another, and nothing of it ends', async () => {
    let works = true
    const money = source(() => [aCondition({ id: 'budget-burn:b', kind: 'budget-burn' })], 'budget-burn')
    const pools: AlertSource = { kind: 'pool-unhealthy', conditions: () => (works ? [aCondition()] : Promise.reject(new Error('no'))) }
    const { alerts, sent, logged, time } = world(scratch(), pools, money)
    await alerts.round()
    works = false
    time.now += 10 * MINUTE
    await alerts.round()
    await alerts.round()
    await alerts.stop()
    expect(logged.filter((line) => line.includes('cannot look'))).toHaveLength(1)
    expect(sent).toEqual(['opened pool-unhealthy:floor', 'opened budget-burn:b'])
    expect(logged.at(-1)).toBe('warn alerts cannot look at one kind of trouble')
    expect(alerts.open()).toEqual({ warning: 2, critical: 0 })
  })

  it('are silent while a file says so, which another process may write', async () => {
    const folder = scratch()
    const { alerts, sent, time } = world(folder, source(() => [aCondition()]))
    const { id } = new AlertFiles(folder).silence({ prefix: 'pool-unhealthy:', kind: null, until: AT + 60 * MINUTE, reason: 'new engine' })
    await alerts.round()
    expect(sent).toEqual([])
    time.now += MINUTE
    expect([new AlertFiles(folder).unsilence(id), new AlertFiles(folder).unsilence(id)]).toEqual([true, false])
    await alerts.round()
    await alerts.stop()
    expect(sent).toEqual(['opened pool-unhealthy:floor'])
  })

  it('go on without the disk: what cannot be kept is told again after a restart', async () => {
    const folder = scratch()
    writeFileSync(join(folder, 'alerts'), 'a file where the folder should be')
    const { alerts, sent, logged } = world(folder, source(() => [aCondition()]))
    await alerts.round()
    await alerts.stop()
    expect(sent).toEqual(['opened pool-unhealthy:floor'])
    expect(logged.at(-1)).toContain('could not be kept')
  })
})

describe('files of alerts', () => {
  it('are private, and rubbish in them is nothing', () => {
    const folder = scratch()
    const files = new AlertFiles(folder)
    const { id } = files.silence({ prefix: '', kind: 'leak', until: AT + 1, reason: 'x' })
    files.writeOpen([])
    for (const name of readdirSync(join(folder, 'alerts'))) expect(statSync(join(folder, 'alerts', name)).mode & 0o777).toBe(0o600)
    expect(files.silences(AT)).toEqual([{ id, prefix: '', kind: 'leak', tenant: null, until: AT + 1, reason: 'x' }])
    expect(files.silences(AT + 1)).toEqual([])
    for (const text of ['', '{', 'null', '[]', '{"version":1,"open":[null,{},{"since":"x"}]}', '{"version":2,"open":[]}']) {
      writeFileSync(join(folder, 'alerts', 'open.json'), text, { mode: 0o600 })
      expect(files.readOpen()).toEqual([])
    }
    writeFileSync(join(folder, 'alerts', 'silence-00000000.json'), '{"until":"x"}', { mode: 0o600 })
    expect(files.silences(AT)).toHaveLength(1)
    expect(files.unsilence('../open')).toBe(false)
  })
})
