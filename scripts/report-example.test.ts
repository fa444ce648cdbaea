import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { pageCount, pdfText } from '../src/app/report/testing.ts'
import { exampleReport, REPORT_FILE } from './report-example.ts'

it('docs/report-example.pdf is the report of the example trace as it is made now', async () => {
  const [shown, made] = [readFileSync(REPORT_FILE), await exampleReport()]
  expect(pdfText(made)).toBe(pdfText(shown))
  expect([2, 3, 4]).toContain(pageCount(made))
})
