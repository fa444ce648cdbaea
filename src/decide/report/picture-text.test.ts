import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pictureText } from './picture-text.ts'
import { SERVICES } from './services.ts'
import { anyResult, exampleResult } from './testing.ts'

const plainOf = (line: string): string => line.replace(/\u001B\[[0-9;]*m/gu, '')

describe('the picture in characters', () => {
  it('reads without color', () => {
    expect(`\n${pictureText(exampleResult()).join('\n')}\n`).toMatchInlineSnapshot(`
      "
           replicas: demand over the week, 2 weeks folded      sorted; ┊ break-even 60 %  mean fill
         8│  ·░·     ░·     ░░     ░░     ░░                  │░░░            ┊           11 % serverless
          │  ░░░    ·░░    ·░░     ░░     ░░·                 │░░░░░          ┊           22 % serverless
         6│  ░░░    ░░░    ░░░·   ·░░·   ·░░░                 │░░░░░░░        ┊           29 % serverless
          │ ·▓▓▓·  ·▓▓▓▓   ▓▓▓▓   ▓▓▓▓   ▓▓▓▓                 │▓▓▓▓▓▓▓▓▓      ┊           36 % by the hour
         4│ ▓▓▓▓▓  ·▓▓▓▓  ·▓▓▓▓  ·▓▓▓▓·  ▓▓▓▓·   ▓▓     ·▓·   │▓▓▓▓▓▓▓▓▓▓▓▓▓  ┊           49 % by the hour
          │╱█████╱╱█████·╱█████·╱·████·╱·█████╱╱·███╱╱╱·███╱╱ │███████████████┊╱╱╱╱╱╱╱╱╱  62 % dedicated
         2│·█████·╱██████╱██████╱██████╱██████╱╱█████╱╱█████╱ │███████████████┊███╱╱╱╱╱╱  78 % dedicated
          │██████████████████████████████████████████████████ │███████████████┊█████████  98 % dedicated
          └─────────────────────────────?──────────────────── └─────────────────────────
           Mon    Tue    Wed    Thu     Fri    Sat    Sun      0 %      50 % of the time
           ██ dedicated   ▓▓ by the hour   ░░ serverless   ╱╱ paid, idle   ·· above the median
           ? possible gap
      "
    `)
  })

  it('colors the same characters', () => {
    const colored = pictureText(exampleResult(), { color: true })
    expect(colored.map(plainOf)).toEqual(pictureText(exampleResult()))
    expect(colored.join('')).toContain(`\u001B[38;5;${SERVICES.dedicated.ansi}m`)
  })

  it('gives each service a character of its own', () => {
    const blocks = Object.values(SERVICES).map(({ block }) => block)
    expect(new Set(blocks).size).toBe(blocks.length)
  })

  it('is at most as wide as asked, 60 to 100 columns, and a dozen lines or two high', () => {
    fc.assert(
      fc.property(anyResult(), fc.integer({ min: -10, max: 300 }), fc.boolean(), (result, width, color) => {
        const lines = pictureText(result, { width, color })
        expect(Math.max(...lines.map((line) => [...plainOf(line)].length))).toBeLessThanOrEqual(Math.min(100, Math.max(60, width)))
        expect(lines.length).toBeLessThanOrEqual(20)
      }),
      { numRuns: 100 },
    )
  })

  it('draws one line a replica and names each once', () => {
    const named = pictureText(exampleResult()).filter((line) => /\d+ % (?:dedicated|by the hour|serverless)$/u.test(line))
    expect(named).toHaveLength(8)
  })

  it('draws nothing where there is no demand', () => {
    const { picture } = exampleResult()
    const lines = pictureText(exampleResult({ picture: { ...picture, demand: [0, 0], gaps: [], levels: [] } }))
    expect(lines.join('')).not.toMatch(/[█▓░▒╱]/u)
  })
})
