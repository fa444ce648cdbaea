import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { pageCount, pdfText } from '../report/testing.ts'
import { run } from './testing.ts'

const DESCRIBED = ['report', '--requests-per-day', '50000', '--model', 'llama-3.1-8b', '--gpu', 'l40s', '--current', '9000']
const squeezed = (text: string): string => text.replace(/[\s\u00A0\u200B]/gu, '')

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'spillway-report-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

it('writes the PDF, the workbook and the checklist, and says what it wrote', async () => {
  const at = folder()
  const [pdf, xlsx, week] = ['report.pdf', 'report.xlsx', 'week-1.md'].map((name) => join(at, name)) as [string, string, string]
  const { stdout, exit } = await run([...DESCRIBED, '--pdf', pdf, '--xlsx', xlsx, '--checklist', week, '--data', at])
  expect([exit, stdout]).toEqual([0, [pdf, xlsx, week].map((file) => `Written: ${file}\n`).join('')])
  const bytes = readFileSync(pdf)
  expect([2, 3, 4]).toContain(pageCount(bytes))
  expect(squeezed(pdfText(bytes))).toContain(squeezed('Today: $9,000 a month. Source: given with --current.'))
  expect(squeezed(pdfText(bytes))).toContain(squeezed('keeps no audit log'))
  expect(readFileSync(xlsx).subarray(0, 2).toString()).toBe('PK')
  expect(readFileSync(week, 'utf8')).toMatch(/^# The first week\n/u)
})

it('names the audit log of the data directory, and none whose checkpoint was changed', async () => {
  const data = folder()
  const pdf = join(data, 'report.pdf')
  const { verifierKey } = JSON.parse((await run(['audit', 'init', '--origin', 'example.com/audit', '--data', data, '--json'])).stdout) as { readonly verifierKey: string }
  const report = async (): Promise<string> => {
    expect((await run([...DESCRIBED, '--pdf', pdf, '--data', data])).exit).toBe(0)
    return squeezed(pdfText(readFileSync(pdf)))
  }
  const checkpoint = join(data, 'audit', 'checkpoint')
  const signed = readFileSync(checkpoint, 'utf8')
  const [, size, root] = signed.split('\n')
  const named = await report()
  for (const words of [`Audit log example.com/audit: ${size} entries, root ${root}, newest checkpoint as read on`, `Key ${verifierKey}`]) expect(named).toContain(squeezed(words))
  writeFileSync(checkpoint, signed.replace(`\n${size}\n`, `\n${Number(size) + 1}\n`))
  expect(await report()).toContain(squeezed('keeps no audit log that the report could name'))
})

it('asks for a file to write, before it plans', async () => {
  const { exit, stderr } = await run(DESCRIBED)
  expect([exit, stderr]).toEqual([2, expect.stringContaining('Add --pdf FILE, --xlsx FILE or --checklist FILE')])
})

it('explains a file that cannot be written', async () => {
  const file = join(folder(), 'none', 'week-1.md')
  const { exit, stderr } = await run([...DESCRIBED, '--checklist', file])
  expect([exit, stderr]).toEqual([2, expect.stringContaining('FILE_NOT_WRITABLE')])
  expect(existsSync(file)).toBe(false)
})
