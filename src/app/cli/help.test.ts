import type { Command } from 'commander'
import { expect, it } from 'vitest'
import { commands } from './cli.ts'
import type { Io } from './io.ts'
import { run } from './testing.ts'

/** Every command there is, by its words. Building them asks nothing of the surroundings. */
const PATHS = pathsOf(commands({ env: {} } as Io), [])

function pathsOf(command: Command, path: readonly string[]): (readonly string[])[] {
  return [path, ...command.commands.flatMap((child) => pathsOf(child, [...path, child.name()]))]
}

it.each(PATHS.map((path) => [path.join(' '), path] as const))('help of "%s" fits 100 columns', async (_, path) => {
  const { exit, stdout, stderr } = await run([...path, '--help'])
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
