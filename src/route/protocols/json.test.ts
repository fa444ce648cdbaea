import { describe, expect, it } from 'vitest'
import { countAt, isObject, listAt, objectAt, parseObject, textAt } from './json.ts'

describe('JSON that nobody has checked', () => {
  it.each(['', '{', '[]', 'null', '7', '"x"'])('is no object: %j', (text) => {
    expect(parseObject(text)).toBeNull()
  })

  it('gives members of the kind that is asked for, and else their neutral value', () => {
    const json = parseObject('{"o":{"a":1},"l":[1],"t":"x","n":3,"f":1.5,"m":-1,"z":null}')!
    expect([objectAt(json, 'o'), objectAt(json, 'l'), objectAt(json, 'z'), objectAt(json, 'absent')]).toEqual([{ a: 1 }, {}, {}, {}])
    expect([listAt(json, 'l'), listAt(json, 'o')]).toEqual([[1], []])
    expect([textAt(json, 't'), textAt(json, 'n')]).toEqual(['x', null])
    expect([countAt(json, 'n'), countAt(json, 'f'), countAt(json, 'm'), countAt(json, 't')]).toEqual([3, null, null, null])
    expect([isObject(null), isObject([]), isObject({})]).toEqual([false, false, true])
  })
})
