import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SpillwayError } from '../../core/errors.ts'
import { openCheckpoint } from './checkpoint.ts'
import { newSigningKey, parseSigningKey, parseVerifierKey } from './keys.ts'
import { addSignature, openNote, signNote } from './signed-note.ts'
import { LOG_KEY, signerOf, WITNESS_KEY } from './testing.ts'

const signer = signerOf('example.com/a')
const { verifier } = signer
const note = signNote('first line\n\nlast line\n', [signer])
const signatureLine = note.slice(note.lastIndexOf('\n\n') + 2)
/** What opening the text comes to: `opened`, or the code of the error. */
const outcome = (text: string | Buffer, verifiers = [verifier]): unknown => {
  try {
    openNote(Buffer.from(text), verifiers)
    return 'opened'
  } catch (error) {
    return error instanceof SpillwayError ? error.code : error
  }
}

describe('keys', () => {
  it('as text and back; the id is checked', () => {
    const key = newSigningKey('example.com/a', Buffer.alloc(32, 1))
    expect(parseSigningKey(key).verifier.text).toBe(verifier.text)
    expect(parseVerifierKey(verifier.text)).toMatchObject({ name: 'example.com/a', id: signer.id, text: verifier.text })
    for (const text of [verifier.text, key.slice('PRIVATE+KEY+'.length)]) expect(() => parseVerifierKey(text.replace('/a+', '/b+'))).toThrowError(/id that does not fit/u)
  })

  it.each(['', 'a', 'a+b', 'a+00000000+', 'a+00000000+AAAA', `a b+${'0'.repeat(8)}+${Buffer.alloc(33, 1).toString('base64')}`, `a+0000000+${Buffer.alloc(33, 1).toString('base64')}`, `a+ABCDEF01+${Buffer.alloc(33, 1).toString('base64')}`, `a+00000000+${Buffer.alloc(33, 9).toString('base64')}`, `a+00000000+${Buffer.alloc(34, 1).toString('base64')}`, `\u00a0+00000000+${Buffer.alloc(33, 1).toString('base64')}`])('"%s" is none', (text) => {
    expect(() => parseVerifierKey(text)).toThrowError(expect.objectContaining({ code: 'AUDIT_KEY_INVALID' }))
    expect(() => parseSigningKey(`PRIVATE+KEY+${text}`)).toThrowError(expect.objectContaining({ code: 'AUDIT_KEY_INVALID' }))
  })

  it('a key of a witness does not sign for a log, nor the other way round; no error shows a key', () => {
    for (const attempt of [() => parseSigningKey(WITNESS_KEY), () => parseSigningKey(LOG_KEY, { now: () => 0n }), () => parseSigningKey(`${LOG_KEY}x`)]) {
      let message = ''
      try {
        attempt()
      } catch (error) {
        message = String(error)
      }
      expect(message).toMatch(/the key/u)
      expect(message).not.toMatch(/AR[Ei]|ERER|IiIi/u)
    }
  })
})

describe('signed notes', () => {
  it('open with the right key: the text with its last newline, empty lines of its own included', () => {
    expect(openNote(Buffer.from(note), [verifier])).toEqual({ text: 'first line\n\nlast line\n', verified: [{ name: 'example.com/a', key: verifier.text, time: null }] })
  })

  it('any text that may be one comes back; any bit flipped in the text or the signature is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }).filter((text) => !/[\u0000-\u001f]/u.test(text)), fc.nat(), (text, at) => {
        const signed = Buffer.from(signNote(`${text}\n`, [signer]))
        expect(openNote(signed, [verifier]).text).toBe(`${text}\n`)
        const bent = Buffer.from(signed)
        bent[Math.floor(at / 8) % bent.length]! ^= 1 << (at % 8)
        expect(() => openNote(bent, [verifier])).toThrowError(expect.objectContaining({ code: expect.stringMatching(/^AUDIT_(NOTE|SIGNATURE)_INVALID$/u) }))
      }),
    )
  })

  it('never throws anything but a coded error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(3), (bytes, where) => {
        const mixed = Buffer.concat([Buffer.from(note.slice(0, where * 20)), bytes, Buffer.from(where % 2 === 0 ? note.slice(where * 20) : signatureLine)])
        expect(['opened', 'AUDIT_NOTE_INVALID', 'AUDIT_SIGNATURE_INVALID']).toContain(outcome(mixed))
      }),
    )
  })

  it.each([
    ['no signature', 'text\n\n'],
    ['no empty line', `text\n${signatureLine}`],
    ['cut off before its last newline', note.slice(0, -1)],
    ['a carriage return', note.replace('first', 'fi\rst')],
    ['a tab', note.replace('first', 'fi\tst')],
    ['a NUL', note.replace('first', 'fi\0st')],
    ['a hyphen for the dash', note.replace('\u2014', '-')],
    ['two spaces in the signature line', note.replace('\u2014 ', '\u2014  ')],
    ['a space at the end of it', note.replace(/\n$/u, ' \n')],
    ['base64 without its padding', note.replace(/=+\n$/u, '\n')],
    ['base64 with loose bits', note.replace(/.=\n$/u, (end) => `${String.fromCodePoint(end.codePointAt(0)! + 1)}=\n`)],
    ['a signature of four bytes', 'text\n\n\u2014 example.com/a AAAAAA==\n'],
    ['a name with a plus', `text\n\n\u2014 a+b ${signatureLine.split(' ')[2]}`],
    ['a name with a no-break space', `text\n\n\u2014 a\u00a0b ${signatureLine.split(' ')[2]}`],
    ['101 signatures', `text\n\n${signatureLine.repeat(101)}`],
    ['more than a million bytes', `${'x'.repeat(1_000_000)}\n\n${signatureLine}`],
  ])('%s: AUDIT_NOTE_INVALID', (_, text) => expect(outcome(text)).toBe('AUDIT_NOTE_INVALID'))

  it('bytes that are no UTF-8: AUDIT_NOTE_INVALID', () => expect(outcome(Buffer.concat([Buffer.from([0xff]), Buffer.from(note)]))).toBe('AUDIT_NOTE_INVALID'))

  it('signatures of strangers are passed over, before and after, even under the same name or the same id', () => {
    const strangers = signNote('first line\n\nlast line\n', [signerOf('example.com/a', 2), signerOf('other', 3), signer, signerOf('third', 4)])
    expect(openNote(Buffer.from(strangers), [verifier]).verified).toEqual([{ name: 'example.com/a', key: verifier.text, time: null }])
    const sameId = note + signatureLine.replace('example.com/a', 'example.com/b')
    expect(openNote(Buffer.from(sameId), [verifier]).verified).toHaveLength(1)
  })

  it('a signer counts once, however often it is there', () => {
    expect(openNote(Buffer.from(note + signatureLine.repeat(3)), [verifier]).verified).toEqual([{ name: 'example.com/a', key: verifier.text, time: null }])
  })

  it('a wrong signature of a known key spoils the note, whoever else has signed it', () => {
    const other = signNote('another text\n', [signer])
    expect(outcome(note + other.slice(other.lastIndexOf('\n\n') + 2))).toBe('AUDIT_SIGNATURE_INVALID')
  })

  it('no known key: AUDIT_SIGNATURE_INVALID', () => {
    expect(outcome(note, [])).toBe('AUDIT_SIGNATURE_INVALID')
    expect(outcome(note, [signerOf('example.com/a', 9).verifier])).toBe('AUDIT_SIGNATURE_INVALID')
  })

  it.each([['no newline at the end'], ['a control\u0007 character\n'], ['']])('a text that cannot be one is not signed: "%s"', (text) => {
    expect(() => signNote(text, [signer])).toThrowError(expect.objectContaining({ code: 'AUDIT_NOTE_INVALID' }))
  })
})

describe('cosignatures of witnesses', () => {
  // Made by golang.org/x/mod/sumdb/note 0.43.0 and transparency-dev/formats/note 0.1.1 with the keys of testing.ts.
  const golden = readFileSync(new URL('fixtures/cosigned.txt', import.meta.url))
  const log = parseSigningKey(LOG_KEY)
  const at = 1_795_610_396n
  const witness = parseSigningKey(WITNESS_KEY, { now: () => at })

  it('of another implementation verify, and ours are the same bytes', () => {
    expect(openCheckpoint(golden, log.verifier, [witness.verifier])).toMatchObject({ size: 15n, cosigned: [{ name: 'witness.example/w1', time: at }] })
    const text = openNote(golden, [log.verifier]).text
    expect(addSignature(Buffer.from(signNote(text, [log])), witness)).toBe(golden.toString('utf8'))
  })

  it('a checkpoint that its log has not signed is refused, however many witnesses have', () => {
    const text = openNote(golden, [log.verifier]).text
    expect(() => openCheckpoint(Buffer.from(signNote(text, [witness])), log.verifier, [witness.verifier])).toThrowError(expect.objectContaining({ code: 'AUDIT_SIGNATURE_INVALID' }))
  })

  it('cover the time: another time is refused', () => {
    const [, , line = ''] = golden.toString('utf8').split('\n').at(-2)!.split(' ')
    const bytes = Buffer.from(line, 'base64')
    bytes[11]! ^= 1
    const bent = golden.toString('utf8').replace(line, bytes.toString('base64'))
    expect(() => openCheckpoint(Buffer.from(bent), log.verifier, [witness.verifier])).toThrowError(expect.objectContaining({ code: 'AUDIT_SIGNATURE_INVALID' }))
    expect(openCheckpoint(Buffer.from(bent), log.verifier).cosigned).toEqual([])
  })
})
