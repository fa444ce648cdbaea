import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Redactor, redactElsewhere } from './redact-elsewhere.ts'

function hookOf(source: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-redact-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'hook.mjs')
  writeFileSync(file, source)
  return file
}

async function redactor(source: string | null, patterns: Readonly<Record<string, string>> = {}, timeoutMs?: number): Promise<Redactor> {
  const made = await redactElsewhere({ rules: ['email'], patterns, hook: source === null ? null : hookOf(source) }, timeoutMs)
  onTestFinished(() => made.stop())
  return made
}

describe('redaction in a thread', () => {
  it('rules, then patterns of one\'s own, then the hook; all that was taken out is counted', async () => {
    const { redact } = await redactor("export const redact = (text, { part }) => part === 'request' ? text.replace('Maria', '[name]') : { text: '[all]', removed: 7 }", { customer: 'C-\\d{4}' })
    expect(await redact({ request: 'Maria, a@b.de, C-1234', response: 'hello' })).toEqual({ request: '[name], [email], [customer]', response: '[all]', removed: 10 })
    expect(await redact({ request: 'nothing', response: '' })).toEqual({ request: 'nothing', response: '[all]', removed: 7 })
  })

  it('a hook that gives null wants nothing kept', async () => {
    const { redact } = await redactor('export const redact = async (text) => (text.includes("secret") ? null : text)')
    expect(await redact({ request: 'fine', response: 'a secret' })).toBeNull()
    expect(await redact({ request: 'fine', response: 'fine' })).toEqual({ request: 'fine', response: 'fine', removed: 0 })
  })

  it.each([
    ['throws', "throw new Error('no')", 'no'],
    ['gives something else', 'return 7', 'neither a text'],
    ['gives a count that is none', "return { text: '', removed: -1 }", 'neither a text'],
    ['ends its thread', 'process.exit(1)', 'its thread has ended'],
    ['throws elsewhere', 'return new Promise(() => setImmediate(() => { throw new Error("elsewhere") }))', 'elsewhere'],
    ['never answers', 'return new Promise(() => {})', 'took longer'],
    ['never comes to an end', 'for (;;);', 'took longer'],
  ])('a hook that %s fails that call alone', async (_, code, message) => {
    const { redact } = await redactor(`export function redact(text) { if (text === 'bad') { ${code} }\n return text }`, {}, 1500)
    await expect(redact({ request: 'bad', response: '' })).rejects.toThrow(message)
    expect(await redact({ request: 'good', response: '' })).toEqual({ request: 'good', response: '', removed: 0 })
  })

  it('a pattern that takes for ever fails that call alone', async () => {
    const { redact } = await redactor(null, { slow: '^(a+)+$' }, 500)
    await expect(redact({ request: `${'a'.repeat(40)}b`, response: '' })).rejects.toThrow('took longer than 500 ms')
    expect(await redact({ request: 'aaa', response: '' })).toMatchObject({ request: '[slow]', removed: 1 })
  })

  it.each([
    ['is not there', null],
    ['does not load', 'syntax error here'],
    ['exports nothing of that name', 'export const other = 1'],
  ])('a hook that %s is a mistake of the configuration', async (_, source) => {
    const hook = source === null ? '/nowhere/hook.mjs' : hookOf(source)
    await expect(redactElsewhere({ rules: [], patterns: {}, hook })).rejects.toMatchObject({ code: 'CONFIG_INVALID', place: { file: hook } })
  })

  it('once stopped it redacts nothing more', async () => {
    const { redact, stop } = await redactor(null, { a: 'b' })
    await stop()
    await expect(redact({ request: '', response: '' })).rejects.toThrow('stopping')
  })
})
