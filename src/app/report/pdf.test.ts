import { describe, expect, it } from 'vitest'
import { oneLine } from '../../core/errors.ts'
import type { PlanResult } from '../../decide/plan-result.ts'
import { exampleResult, exampleScenario, hostileResult, HOSTILE } from '../../decide/report/testing.ts'
import { PDF_PAGE } from './pdf-page.ts'
import { planPdf } from './pdf.ts'
import { pageCount, pdfText } from './testing.ts'

const generatedAt = new Date('2026-11-24T12:00:00Z')
/** Lines break where the page is full, so blanks do not count. */
const squeezed = (text: string): string => text.replace(/[\s\u00A0]/gu, '')

/** More of everything than a page holds. */
function crowded(): PlanResult {
  const { assumptions, scenarios } = exampleResult()
  return exampleResult({
    scenarios: [...scenarios, ...Array.from({ length: 30 }, (_, index) => exampleScenario(`all-serverless@a-provider-with-a-long-name-h100-80gb-${index}`, 3000 + index))],
    assumptions: Array.from({ length: 60 }, (_, index) => ({ ...assumptions[0]!, name: `assumption ${index}`, source: `https://example.test/${'long/'.repeat(40)}` })),
    warnings: Array.from({ length: 20 }, (_, index) => `${index}: ${'a long warning '.repeat(20)}`),
    whatToMeasureNext: Array.from({ length: 10 }, () => 'measure '.repeat(60)),
  })
}

describe('the PDF', () => {
  it('is one page that says what the other faces say', async () => {
    const pdf = await planPdf(exampleResult(), { generatedAt })
    const text = squeezed(pdfText(pdf))
    expect(Buffer.from(pdf.slice(0, 5)).toString()).toBe('%PDF-')
    expect(pageCount(pdf)).toBe(1)
    for (const words of ['Hybrid, elastic: 3 dedicated, up to 2 by the hour, serverless above', '$2,100', '80 % interval $1,650 to $2,700', 'hybrid@spot', '2,388.99', 'replica 1 filled 98 % → dedicated saves', '0.6 USD/h per replica of 1 GPU (price list, 2026-11-24)', 'unknown seconds', '2026-11-24']) expect(text).toContain(squeezed(words))
  })

  it('carries the picture as vectors with its words', async () => {
    const pdf = await planPdf(exampleResult(), { generatedAt })
    expect(squeezed(pdfText(pdf))).toContain(squeezed('break-even 60 %'))
    expect(Buffer.from(pdf).toString('latin1')).not.toContain('/Subtype /Image')
  })

  it('is the same bytes for the same plan and moment', async () => {
    const [one, two] = [await planPdf(exampleResult(), { generatedAt }), await planPdf(exampleResult(), { generatedAt })]
    expect(Buffer.compare(one, two)).toBe(0)
    expect(Buffer.from(one).toString('latin1')).toContain('/CreationDate (D:20261124120000Z)')
  })

  it('stays one page whatever there is to say, and counts what it leaves out', async () => {
    const pdf = await planPdf(crowded(), { generatedAt })
    expect(pageCount(pdf)).toBe(1)
    expect(squeezed(pdfText(pdf))).toMatch(/Assumptions,withsourceanddate\(\d+of60;therestisintheJSON\)/u)
  })

  it.each(HOSTILE.map((text) => [text]))('prints outside text as text: %j', async (hostile) => {
    const pdf = await planPdf(hostileResult(hostile), { generatedAt })
    expect(pageCount(pdf)).toBe(1)
    // What the house shows of it, where the typesetter's own font has the letters.
    const shown = squeezed(oneLine(hostile)).slice(0, 12)
    expect(squeezed(pdfText(pdf))).toContain(/^[\u0021-\u007E]+$/u.test(shown) ? shown : 'Assumptions')
  })

  it('leaves out what is unknown and draws without a week to hold out', async () => {
    const pdf = await planPdf(exampleResult({ sensitivity: [], savings: null, probabilityCheapest: {}, expected: {}, marginal: [], assumptions: [], clairvoyant: null, whatToMeasureNext: [], warnings: [] }), { generatedAt })
    expect(pageCount(pdf)).toBe(1)
    expect(squeezed(pdfText(pdf))).toContain(squeezed('unknown probability that it is the cheapest listed'))
  })

  it('explains itself where the typesetter cannot be loaded', async () => {
    await expect(planPdf(exampleResult(), { generatedAt, load: () => Promise.reject(new Error('Cannot find native binding')) })).rejects.toMatchObject({ code: 'PDF_UNAVAILABLE', message: 'the typesetter cannot be loaded on this machine' })
  })
})

describe('the template', () => {
  it('takes everything from data: it names no file but its two inputs and evaluates nothing', () => {
    expect([...PDF_PAGE.matchAll(/"([^"]*\.(?:json|svg|typ|csv))"/gu)].map(([, file]) => file)).toEqual(['plan.json', 'picture.svg'])
    expect(PDF_PAGE).not.toMatch(/\beval\b|\bread\(|#import|#include/u)
  })
})
