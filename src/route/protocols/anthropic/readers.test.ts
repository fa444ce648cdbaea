import { describe, expect, it } from 'vitest'
import { newFacts } from '../openai/facts.ts'
import { EventReader, MAX_BODY_BYTES, PassingBodyReader, TranslatingBodyReader } from './readers.ts'

const CHUNK = Buffer.alloc(1024 * 1024, 120)
const options = { seen: newFacts(), contentType: 'application/json' }

describe('readers', () => {
  it('give a client whole events only', () => {
    const reader = new EventReader(options, ({ raw }) => raw, () => Buffer.from('end'))
    expect(reader.push(Buffer.from('data: a\n'))).toBeNull()
    expect(String(reader.push(Buffer.from('\ndata: b\n\ndata: c')))).toBe('data: a\n\ndata: b\n\n')
    expect(String(reader.end())).toBe('data: cend')
  })

  it('pass a body of any size on, and read one that is not too large', () => {
    const bodies: number[] = []
    const read = (megabytes: number): void => {
      const reader = new PassingBodyReader(newFacts(), (body) => bodies.push(body.length))
      for (let i = 0; i < megabytes; i++) expect(reader.push(CHUNK)).toBe(CHUNK)
      expect(reader.end()).toBeNull()
    }
    read(2)
    read(MAX_BODY_BYTES / CHUNK.length + 1)
    expect(bodies).toEqual([2 * CHUNK.length])
  })

  it('refuse to translate a body without end', () => {
    const reader = new TranslatingBodyReader(options, (body) => body)
    expect(() => {
      for (let i = 0; i <= MAX_BODY_BYTES / CHUNK.length; i++) reader.push(CHUNK)
    }).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: 'upstream_invalid_response', status: 502 }) }))
  })
})
