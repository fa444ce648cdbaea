import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { demoPicture, PICTURE } from './picture.ts'

it('the picture of the README is the plan that npm start prints; if not, run node scripts/picture.ts', async () => {
  expect(readFileSync(PICTURE, 'utf8')).toBe(await demoPicture())
})
