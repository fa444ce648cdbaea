import { expect, it } from 'vitest'
import { createFormats } from '../format/formats.ts'
import { tickTime } from './tick-time.ts'

const formats = createFormats({ locale: 'en-US', currency: 'USD', perUsd: 1, timeZone: 'UTC' })
const AT = Date.UTC(2026, 10, 25, 21, 8, 7)

it.each([
  ['seconds of a minute', 60_000, 1000, /^09:08:07\sPM$/u],
  ['a few minutes', 300_000, 60_000, /^09:08:07\sPM$/u],
  ['a day', 86_400_000, 900_000, /^09:08\sPM$/u],
  ['weeks', 30 * 86_400_000, 21_600_000, /^Nov 25$/u],
])('an axis of %s tells its times apart', (_, span, bucket, text) => {
  expect(tickTime(formats, span, bucket)(AT)).toMatch(text)
})
