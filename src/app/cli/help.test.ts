import { expect, it } from 'vitest'
import { run } from './testing.ts'

it.each([[''], ['plan'], ['break-even'], ['catalog'], ['catalog', 'list'], ['catalog', 'show'], ['catalog', 'check'], ['catalog', 'suggest'], ['profile'], ['import'], ['demo'], ['engine-sim'], ['serve'], ['doctor'], ['keys'], ['keys', 'create'], ['secrets'], ['calls'], ['calls', 'tail'], ['audit'], ['audit', 'init'], ['audit', 'sequence'], ['audit', 'verify'], ['audit', 'prove'], ['audit', 'export'], ['audit', 'coverage'], ['audit', 'articles'], ['audit', 'review'], ['audit', 'timestamp'], ['audit', 'prune'], ['audit', 'reveal'], ['audit', 'erase'], ['audit', 'incident'], ['audit', 'incident', 'open'], ['audit', 'incident', 'close'], ['audit', 'checkpoint'], ['witness'], ['witness', 'keygen'], ['witness', 'serve']])('help of "%s" fits 100 columns', async (...words: string[]) => {
  const { exit, stdout, stderr } = await run([...words.filter((word) => word !== ''), '--help'])
  expect([exit, stderr]).toEqual([0, ''])
  expect(stdout).toContain('Usage: spillway')
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([])
})

it.each([['plan'], ['break-even'], ['profile'], ['import']])('help of "%s" shows examples that name real options', async (command) => {
  const { stdout } = await run([command, '--help'])
  const [, examples = ''] = stdout.split('Examples:')
  const used = [...examples.matchAll(/ (--[a-z-]+)/gu)].map(([, option]) => option!)
  expect(examples.match(/\$ spillway /gu)!.length).toBeGreaterThan(1)
  expect(used.filter((option) => !stdout.split('Examples:')[0]!.includes(`${option} `) && !stdout.split('Examples:')[0]!.includes(`${option}\n`))).toEqual([])
})

it('no command at all is wrong usage, an unknown one too', async () => {
  expect(await run([])).toMatchObject({ exit: 2 })
  expect(await run(['plann'])).toMatchObject({ exit: 2, stderr: expect.stringMatching(/^error CLI_USAGE: unknown command 'plann'/u) })
})
