import { describe, expect, it } from 'vitest'
import { addressIn, codeIn, credentialsIn, tellsSecret, withoutSecrets } from './own-secrets.ts'

describe('our secrets in the words of an upstream', () => {
  it('every occurrence of every one is removed', () => {
    expect(withoutSecrets('a sk-1 b sk-1 c tok', ['sk-1', 'tok', ''])).toBe('a *** b *** c ***')
  })

  it.each([
    ['as it is', 'x a+b/c=" y', true],
    ['as .NET writes it', String.raw`x a\u002Bb/c=\u0022 y`, true],
    ['as PHP writes it', String.raw`x a+b\/c=\" y`, true],
    ['another', 'x a+b/d=" y', false],
    ['none', '', false],
  ])('one is found, spelled %s', (_, text, found) => {
    expect(tellsSecret(text, ['', 'a+b/c="'])).toBe(found)
  })

  it('credentials are known by the names of their headers, with and without their scheme', () => {
    expect(credentialsIn({ authorization: 'Bearer ya29.token', 'x-api-key': 'k', 'x-amz-security-token': 's', 'content-type': 'application/json', accept: 'x' })).toEqual(['Bearer ya29.token', 'ya29.token', 'k', 'k', 's', 's'])
  })

  it.each([['http://10.0.0.5:8000/base', ['10.0.0.5:8000']], ['https://api.example.com', ['api.example.com']], ['http://engine', []]])('the address in %s', (url, found) => {
    expect(addressIn(url)).toEqual(found)
  })

  it.each([
    ['context_length_exceeded', 'context_length_exceeded'],
    ['err.v1/x-2:y', 'err.v1/x-2:y'],
    ['what you sent', null],
    ['x'.repeat(65), null],
    ['canary', null],
    ['', null],
    [7, null],
  ])('the code %j is %j', (value, code) => {
    expect(codeIn(value, ['canary'])).toBe(code)
  })
})
