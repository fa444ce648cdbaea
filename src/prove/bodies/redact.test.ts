import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REDACTION_RULES, redaction } from './redact.ts'

const all = redaction(REDACTION_RULES)

describe('redaction', () => {
  it.each([
    ['mail maria.lopez+x@mail.example.com, please', 'mail [email], please', 1],
    ['IBAN DE89 3704 0044 0532 0130 00 and DE89370400440532013000', 'IBAN [iban] and [iban]', 2],
    ['card 4111 1111 1111 1111, order 4111 1111 1111 1112', 'card [card], order 4111 1111 1111 1112', 1],
    ['call +49 (30) 123456-78 or 030', 'call [phone] or 030', 1],
    ['from 192.168.0.17:8000', 'from [ip]:8000', 1],
    ['version 1.2.3, 12,345 tokens at 3.50', 'version 1.2.3, 12,345 tokens at 3.50', 0],
    ['{"content":"a@b.de\\nc@d.de"}', '{"content":"[email]\\n[email]"}', 2],
    ['{"content":"use:\\nsk-proj-0123456789abcdef, AKIAIOSFODNN7EXAMPLE"}', '{"content":"use:\\n[key], [key]"}', 2],
    [`Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlMTIz and sw_${'a1'.repeat(24)}b`, 'Bearer [key] and [key]', 2],
    ['-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEA\\n-----END RSA PRIVATE KEY-----\\n', '[key]\\n', 1],
    ['a task-management-plan-for-2027, risk-adjusted-return-on-capital', 'a task-management-plan-for-2027, risk-adjusted-return-on-capital', 0],
  ])('%s', (text, redacted, removed) => {
    expect(all(text)).toEqual({ text: redacted, removed })
  })

  it('takes out what it is asked for alone', () => {
    expect(redaction(['ip'])('a@b.de 10.0.0.1')).toEqual({ text: 'a@b.de [ip]', removed: 1 })
    expect(redaction([])('a@b.de')).toEqual({ text: 'a@b.de', removed: 0 })
    expect(redaction(['email'], { customer: 'C-\\d{4}', nothing: '' })('C-1234 wrote from a@b.de')).toEqual({ text: '[customer] wrote from [email]', removed: 2 })
  })

  it('what is redacted once has nothing more to redact', () => {
    expect(() => fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', '@', '.', '1', '4', ' ', '+', '-', 'D', 'E', '['), maxLength: 200 }), (text) => redaction(['email'])(redaction(['email'])(text).text).removed === 0))).not.toThrow()
  })

  it.each(['a', '1 ', 'A1', 'a@', '+1-', '1.', 'eyJ', '\\nsk-', 'eyJaaaaaaaaaaa.', '-----BEGIN PRIVATE KEY-----'])('a million of "%s" comes to an end', (unit) => {
    expect(all(unit.repeat(1_000_000 / unit.length)).text.length).toBeLessThanOrEqual(1_000_001)
  })
})
