import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, encodeFrames, FRAME_HEADER, type Decoded } from './frame.ts'

function decodeAll(buffer: Buffer): { texts: string[]; rest: Decoded; at: number } {
  const texts: string[] = []
  let at = 0
  let frame = decodeFrame(buffer, at)
  for (; typeof frame !== 'string'; frame = decodeFrame(buffer, at)) {
    texts.push(frame.payload.toString())
    at = frame.next
  }
  return { texts, rest: frame, at }
}

describe('frames', () => {
  it('come back as they went in, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), (texts) => {
        expect(decodeAll(encodeFrames(texts))).toMatchObject({ texts, rest: 'short' })
      }),
    )
  })

  it('cut anywhere: all frames before the cut, and never one that was not written', () => {
    const texts = ['{"n":1}', '{"n":22}', '{"text":"ü"}']
    const whole = encodeFrames(texts)
    for (let length = 0; length <= whole.length; length++) {
      const { texts: found } = decodeAll(whole.subarray(0, length))
      expect(texts.slice(0, found.length)).toEqual(found)
    }
    expect(decodeAll(whole.subarray(0, whole.length - 1)).texts).toEqual(texts.slice(0, 2))
  })

  it('any one flipped bit is found', () => {
    const whole = encodeFrames(['{"n":1,"text":"abc"}'])
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      expect(typeof decodeFrame(flipped, 0)).toBe('string')
    }
  })

  it('zeros, which a file system leaves after a crash, are no frame', () => {
    expect(decodeFrame(Buffer.alloc(64), 0)).toBe('bad')
  })

  it('an absurd length is bad at once and not waited for', () => {
    const buffer = Buffer.alloc(FRAME_HEADER)
    buffer.writeUInt32LE(0xffffffff)
    expect(decodeFrame(buffer, 0)).toBe('bad')
  })
})
