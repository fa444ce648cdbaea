import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readSamples } from './prometheus-text.ts'

const read = (text: string, ...names: string[]) => readSamples(text, new Set(names))

describe('readSamples', () => {
  it('reads names, labels, values; timestamps and exemplars are ignored', () => {
    expect(
      read(
        ['# HELP a help', '# TYPE a gauge', 'a 1', 'a{x="1",y="two"} 2.5 1700000000000', 'a{} 3', 'a{x="3",} 4e2 # {trace="t"} 1', '\ta 9', 'b 7', 'a_total 8', ''].join('\n'),
        'a',
      ),
    ).toEqual([
      { name: 'a', labels: {}, value: 1 },
      { name: 'a', labels: { x: '1', y: 'two' }, value: 2.5 },
      { name: 'a', labels: {}, value: 3 },
      { name: 'a', labels: { x: '3' }, value: 400 },
    ])
  })

  it('unescapes label values, braces and hashes in them included', () => {
    expect(read('a{path="C:\\\\x",text="say \\"hi\\"\\nthere",odd="}#{, "} 1', 'a')[0]?.labels).toEqual({ path: 'C:\\x', text: 'say "hi"\nthere', odd: '}#{, ' })
  })

  it('passes over what says nothing of a load (NaN, infinities) and over broken lines', () => {
    expect(read('a NaN\na +Inf\na -Inf\na\na {\na{x="1" 3\na{x=1} z\na 5', 'a')).toEqual([{ name: 'a', labels: {}, value: 5 }])
  })

  it('reads lines that end in CRLF', () => {
    expect(read('a 1\r\na 2\r\n', 'a').map(({ value }) => value)).toEqual([1, 2])
  })

  it('is bounded: a thousand samples of 100,000 lines', () => {
    expect(read('a 1\n'.repeat(100_000), 'a')).toHaveLength(1000)
  })

  it('a label named __proto__ is inert', () => {
    const [sample] = read('a{__proto__="x"} 1', 'a')
    expect(Object.getPrototypeOf(sample?.labels)).toBe(Object.prototype)
    expect(Object.keys(sample?.labels ?? {})).toEqual(['__proto__'])
  })

  it('takes any text without an error, and backtracking does not explode', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void expect(Array.isArray(read(`a${text}\na{${text}} 1`, 'a'))).toBe(true)))
    expect(read(`a{${'x="\\'.repeat(20_000)} 1`, 'a')).toEqual([])
  })

  it('property: what is written in the format comes back', () => {
    const label = fc.tuple(fc.stringMatching(/^[a-z_]{1,8}$/u), fc.string())
    fc.assert(
      fc.property(fc.uniqueArray(label, { selector: ([name]) => name, maxLength: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true }), (labels, value) => {
        const written = labels.map(([name, text]) => `${name}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`).join(',')
        // A carriage return may not stand in a line of the format.
        fc.pre(!/[\r\u2028\u2029]/u.test(written))
        expect(read(`a{${written}} ${value}\n`, 'a')).toEqual([{ name: 'a', labels: Object.fromEntries(labels), value: value + 0 }])
      }),
    )
  })
})
