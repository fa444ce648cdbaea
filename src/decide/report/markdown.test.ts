import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planMarkdown } from './markdown.ts'
import { anyResult, exampleResult, hostileResult, HOSTILE } from './testing.ts'

/** What is left when escapes, the code block and the page's own markup are taken away: text, or an escape that was missed. */
function live(markdown: string): string {
  return markdown
    .replace(/^```text\n[\s\S]*?^```$/gmu, '')
    .replace(/\\[!-/:-@[-`{-~]/gu, '')
    .replace(/&(?:amp|lt|gt);/gu, '')
    .replace(/^(?:#{1,2} |- |\|.*\|$)/gmu, '')
    .replace(/^\*\*(.*)\*\*$/gmu, '$1')
}

describe('the Markdown page', () => {
  it('is the page with headings, a table and lists', () => {
    const page = planMarkdown(exampleResult())
    expect(page.split('\n').filter((line) => line.startsWith('#'))).toMatchInlineSnapshot(`
      [
        "# Hybrid, elastic: 3 dedicated, up to 2 by the hour, serverless above",
        "## Comparison",
        "## Why, replica by replica",
        "## What would change it",
        "## Decision tree",
        "## Cheaper, but",
        "## Watch out",
        "## Measure next",
        "## Assumptions",
      ]
    `)
    expect(page.split('\n').filter((line) => line.startsWith('|')).slice(0, 4)).toMatchInlineSnapshot(`
      [
        "|  | scenario | \\$/month | vs plan | held out | utilized | idle tax | P(best) | \\$/1k req | cold |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
        "| \\- | hybrid@spot | 1,900.50 | -9.5 % |  | 86 % | 190.05 |  | 0.236 | 1.2 % |",
        "| &gt; | hybrid-elastic | 2,100.00 |  | 2,150.00 | 86 % | 210.00 | 93 % | 0.236 | 1.2 % |",
      ]
    `)
  })

  it('ends in one line break and is the same for the same plan', () => {
    expect(planMarkdown(exampleResult())).toMatch(/[^\n]\n$/u)
    expect(planMarkdown(exampleResult())).toBe(planMarkdown(exampleResult()))
  })

  it.each(HOSTILE.map((text) => [text]))('leaves outside text text: %j', (text) => {
    const page = planMarkdown(hostileResult(text))
    expect(live(page)).not.toMatch(/[<>`*_#|~$\\[\]]/u)
    expect(page).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u2028\u202E]/u)
  })

  it('has tables with the same number of cells in every row, for anything', () => {
    fc.assert(
      fc.property(anyResult(), (result) => {
        const rows = planMarkdown(result).split('\n').filter((line) => line.startsWith('|'))
        expect(new Set(rows.map((row) => row.replace(/\\\|/gu, '').split('|').length)).size).toBe(1)
      }),
      { numRuns: 60 },
    )
  })

  it('opens no list or heading inside an entry', () => {
    const page = planMarkdown(exampleResult({ warnings: ['- not a list', '1. not a list', '# not a heading', '+ not a list'] }))
    expect(page).toContain('- \\- not a list\n- 1\\. not a list\n- \\# not a heading\n- \\+ not a list')
  })
})
