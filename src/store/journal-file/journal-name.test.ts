import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { journalName } from './journal-name.ts'

const root = mkdtempSync(join(tmpdir(), 'spillway-journal-name-'))
afterAll(() => rmSync(root, { recursive: true }))

it('stays, is another for another journal, and is made anew where it is damaged', () => {
  const [one, two] = [join(root, 'one'), join(root, 'two')]
  const name = journalName(one)
  expect(journalName(one)).toBe(name)
  expect(journalName(two)).not.toBe(name)
  writeFileSync(join(one, 'name'), name.slice(0, 9))
  const again = journalName(one)
  expect([again === name, journalName(one), readdirSync(one)]).toEqual([false, again, ['name']])
})
