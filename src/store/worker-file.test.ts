import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { workerFile } from './worker-file.ts'

it('beside the module in the sources', () => {
  expect(workerFile(new URL('file:///src/a/worker.ts'), 'a-worker.js').href).toBe('file:///src/a/worker.ts')
})

it.each(['.', 'chunks/'])('in dist/, started from %s', (from) => {
  const dist = mkdtempSync(join(tmpdir(), 'spillway-dist-'))
  onTestFinished(() => rmSync(dist, { recursive: true }))
  mkdirSync(join(dist, 'chunks'))
  writeFileSync(join(dist, 'a-worker.js'), '')
  expect(workerFile(pathToFileURL(join(dist, from, 'worker.ts')), 'a-worker.js', false)).toEqual(pathToFileURL(join(dist, 'a-worker.js')))
})

it('where there is none, where it should be', () => {
  expect(workerFile(new URL('file:///nowhere/worker.ts'), 'a-worker.js', false).href).toBe('file:///nowhere/a-worker.js')
})
