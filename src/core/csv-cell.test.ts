import { expect, it } from 'vitest'
import { csvText } from './csv-cell.ts'

it.each([
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['say "x"', '"say ""x"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  [' +1', "' +1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ["'=1", "''=1"],
  ['＝1', "'＝1"],
  ['=HYPERLINK("http://x"),1', '"\'=HYPERLINK(""http://x""),1"'],
])('%j is the cell %j', (text, cell) => expect(csvText(text)).toBe(cell))
