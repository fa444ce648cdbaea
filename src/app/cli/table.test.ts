import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { renderTable, type Column } from './table.ts'
import { labeled, wrap } from './wrap.ts'

const COLUMNS: readonly Column[] = [{ header: 'name' }, { header: 'price', align: 'right' }, { header: 'note' }]

describe('renderTable', () => {
  it('aligns columns by their widest cell', () => {
    expect(renderTable(COLUMNS, [['a', '1.5', 'x'], ['longer', '10', '']]).split('\n')).toEqual(['name    price  note', 'a         1.5  x', 'longer     10'])
  })

  it('prints the header of an empty table', () => {
    expect(renderTable(COLUMNS, [])).toBe('name  price  note')
  })

  it('cuts the widest text column first, and numbers never while text can give way', () => {
    const lines = renderTable(COLUMNS, [['short', '123456789', 'a rather long remark about it']], 36).split('\n')
    expect(lines[1]).toBe('short  123456789  a rather long rem…')
  })

  it('leaves a column that may not shrink alone', () => {
    const columns: readonly Column[] = [{ header: 'id', shrink: false }, { header: 'note' }]
    expect(renderTable(columns, [['a-very-long-identifier', 'a very long note indeed']], 34).split('\n')[1]).toBe('a-very-long-identifier  a very lo…')
  })

  it('shows control characters instead of obeying them', () => {
    expect(renderTable([{ header: 'x' }], [['a\nb\u001b[31m']])).toBe('x\na\\u000ab\\u001b[31m')
  })

  it('counts characters, not code units', () => {
    expect(renderTable([{ header: 'x' }, { header: 'y' }], [['😀', 'b'], ['ab', 'c']]).split('\n')[1]).toBe('😀   b')
  })

  it('fills missing cells', () => {
    expect(renderTable(COLUMNS, [['a']]).split('\n')[1]).toBe('a')
  })

  it('no line is wider than asked, and each row is one line', () => {
    const table = fc.record({
      columns: fc.array(fc.record({ header: fc.string({ maxLength: 12 }), align: fc.constantFrom<'left' | 'right'>('left', 'right'), shrink: fc.boolean() }), { minLength: 1, maxLength: 8 }),
      rows: fc.array(fc.array(fc.string({ maxLength: 40, unit: 'grapheme' }), { maxLength: 8 }), { maxLength: 10 }),
      width: fc.integer({ min: 20, max: 120 }),
    })
    fc.assert(
      fc.property(table, ({ columns, rows, width }) => {
        const lines = renderTable(columns, rows, width).split('\n')
        expect(lines).toHaveLength(rows.length + 1)
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width)
      }),
    )
  })
})

describe('wrap', () => {
  it('breaks at spaces', () => {
    expect(wrap('the quick brown fox', 10)).toEqual(['the quick', 'brown fox'])
  })

  it('cuts words that are too long', () => {
    expect(wrap('abcdefghij klm', 4)).toEqual(['abcd', 'efgh', 'ij', 'klm'])
  })

  it('keeps every character but spaces, within the width', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (text, width) => {
        const lines = wrap(text, width)
        expect(lines.join('').replace(/\s/gu, '')).toBe(text.replace(/\s/gu, ''))
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('labels stand left of their text', () => {
    expect(labeled('note', 6, 'one two three', 14)).toBe('note  one two\n      three')
  })
})
