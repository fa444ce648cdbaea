import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { parseStat, treeOf, usageOfTree } from './process-tree.ts'

it('reads a line of the kernel, with a name that looks like more fields', () => {
  const line = '42 (a) S 1 (b c)) S 7 42 42 0 -1 4194304 102 0 0 0 110 20 3 4 20 0 1 0 1738388 3133440 375'
  expect(parseStat(line)).toEqual({ pid: 42, parent: 7, userTicks: 113, systemTicks: 24 })
})

it.runIf(process.platform === 'linux')('counts a process with its children, and none of its neighbors', async () => {
  // A shell that stays, with a child that stays: both end with their standard input.
  const shell = spawn('/bin/sh', ['-c', 'cat; exit 0'], { stdio: ['pipe', 'pipe', 'inherit'] })
  shell.stdin.write('ready\n')
  await once(shell.stdout, 'data')
  const tree = treeOf(shell.pid!)
  expect(tree.map(({ pid }) => pid)[0]).toBe(shell.pid)
  expect(tree).toHaveLength(2)
  expect(usageOfTree(shell.pid!).rssBytes).toBeGreaterThan(0)
  shell.stdin.end()
  await once(shell, 'exit')
})
