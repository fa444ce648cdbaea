import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layoutPicture, type Picture } from './picture.ts'
import { pictureSvg } from './picture-svg.ts'
import { IDLE, SERVICES } from './services.ts'
import { anyResult, exampleResult, HOSTILE } from './testing.ts'

/** Two replicas, two bins: one owned and always full, one spilled and full half of the time. */
const SMALL: Picture = {
  top: 2,
  ticks: [{ at: 0, label: '0' }, { at: 2, label: '2' }],
  bands: [
    { from: 0, to: 1, service: 'dedicated', meanFill: 1, label: '1' },
    { from: 1, to: 2, service: 'serverless', meanFill: 0.5, label: '2' },
  ],
  week: { title: 'demand over time', columns: [{ from: 0, to: 0.5, low: 1, middle: 1, high: 1, gap: false }, { from: 0.5, to: 1, low: 2, middle: 2, high: 2, gap: true }], ticks: [] },
  duration: { title: 'sorted', columns: [2, 1], ticks: [] },
  breakEven: { at: 0.6, label: 'break-even 60 %' },
  alt: 'a picture',
}

/** Names of the elements in order; throws where tags do not nest or an attribute is not quoted. */
function elements(svg: string): string[] {
  const open: string[] = []
  const names: string[] = []
  const rest = svg.replace(/<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z-]+="[^"<]*")*)\s*(\/?)>/gu, (_, closing: string, name: string, __: string, empty: string) => {
    if (closing === '') names.push(name)
    if (closing !== '' && open.pop() !== name) throw new Error(`</${name}> closes nothing`)
    if (closing === '' && empty === '') open.push(name)
    return ''
  })
  if (open.length > 0 || rest.includes('<') || /&(?!amp;|lt;|gt;|quot;)/u.test(rest)) throw new Error(`not well-formed: ${open.join(' ')} ${rest.slice(0, 80)}`)
  return names
}

function gray(color: string): number {
  return [1, 3, 5].reduce((sum, at, index) => sum + Number.parseInt(color.slice(at, at + 2), 16) * [0.299, 0.587, 0.114][index]!, 0)
}

describe('the picture as SVG', () => {
  it('is a small standalone drawing', () => {
    const shapes = pictureSvg(SMALL).split('\n').filter((line) => line.startsWith('<path'))
    expect(shapes).toMatchInlineSnapshot(`
      [
        "<path d="M40 139H460V248H40Z" fill="#0072B2"/>",
        "<path d="M484 139H664V248H484Z" fill="#0072B2"/>",
        "<path d="M250 30H460V139H250Z" fill="#E69F00"/>",
        "<path d="M250 30H460V139H250Z" fill="url(#serverless)"/>",
        "<path d="M484 30H574V139H484Z" fill="#E69F00"/>",
        "<path d="M484 30H574V139H484Z" fill="url(#serverless)"/>",
        "<path d="M40 139h420M484 139h180" stroke="#FFFFFF" stroke-width="0.8"/>",
        "<path d="M40 248h420M484 248h180" stroke="#666666"/>",
        "<path d="M704 140V247" stroke="#0072B2" stroke-width="3"/>",
        "<path d="M704 31V138" stroke="#E69F00" stroke-width="3"/>",
        "<path d="M355 247l-3 -6h6z" fill="#FFFFFF" stroke="#222222" stroke-width="0.8"/>",
        "<path d="M592 26V248" stroke="#FFFFFF" stroke-width="3"/>",
        "<path d="M592 26V248" stroke="#222222" stroke-width="1.4" stroke-dasharray="5 3"/>",
      ]
    `)
  })

  it('is well-formed XML for anything, and its numbers are numbers', () => {
    fc.assert(
      fc.property(anyResult(), (result) => {
        const svg = pictureSvg(layoutPicture(result))
        expect(elements(svg).filter((name) => !['svg', 'title', 'defs', 'pattern', 'rect', 'path', 'text'].includes(name))).toEqual([])
        expect(svg).not.toMatch(/NaN|undefined|Infinity|-0[^.\d]/u)
      }),
      { numRuns: 60 },
    )
  })

  it.each(HOSTILE.map((text) => [text]))('keeps a label text: %j', (text) => {
    const svg = pictureSvg({ ...SMALL, alt: text, breakEven: { at: 0.5, label: text }, week: { ...SMALL.week, title: text, ticks: [{ at: 0, label: text }] } }, { fontFamily: text })
    expect(elements(svg)).toEqual(elements(pictureSvg({ ...SMALL, week: { ...SMALL.week, ticks: [{ at: 0, label: 'x' }] } })))
    expect(svg).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/u)
  })

  it('uses the colors of the house and nothing from elsewhere', () => {
    const svg = pictureSvg(layoutPicture(exampleResult()))
    const colors = new Set([...svg.matchAll(/#[0-9A-F]{6}/gu)].map(([color]) => color))
    expect([...colors].sort()).toEqual([SERVICES.dedicated.color, SERVICES.elastic.color, SERVICES.serverless.color, IDLE.color, '#222222', '#666666', '#FFFFFF'].sort())
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|@import|<style|<script/u)
  })

  it('tells services apart without color: by texture where grays are near, and by words', () => {
    expect(Math.abs(gray(SERVICES.elastic.color) - gray(SERVICES.serverless.color))).toBeLessThan(20)
    const svg = pictureSvg(layoutPicture(exampleResult()))
    expect(svg).toContain('url(#serverless)')
    expect(svg).toContain('>dedicated</text>')
    expect(svg).toContain('>by the hour</text>')
    expect(svg).toContain('>serverless</text>')
  })

  it('marks a possible gap and says what the mark means', () => {
    const without = { ...SMALL, week: { ...SMALL.week, columns: SMALL.week.columns.map((column) => ({ ...column, gap: false })) } }
    expect(pictureSvg(SMALL)).toContain('possible recording gap')
    expect(pictureSvg(without)).not.toContain('possible recording gap')
  })

  it('is the same bytes for the same plan', () => {
    expect(pictureSvg(layoutPicture(exampleResult()))).toBe(pictureSvg(layoutPicture(exampleResult())))
  })
})
