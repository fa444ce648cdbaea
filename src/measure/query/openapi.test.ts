import { describe, expect, it } from 'vitest'
import { ROUTES } from './answer-query.ts'
import { openApiText } from './openapi.ts'

interface Operation {
  readonly operationId: string
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
}

const document = JSON.parse(openApiText()) as { readonly paths: Readonly<Record<string, { readonly get: Operation }>>; readonly components: { readonly schemas: object } }

describe('the OpenAPI document', () => {
  it('has every question with all its parameters, each under a name of its own', () => {
    expect(Object.keys(document.paths)).toEqual(ROUTES.map(({ path }) => path))
    for (const { path, query } of ROUTES) expect(document.paths[path]!.get.parameters.map(({ name }) => name).filter((name) => name !== 'id')).toEqual(Object.keys(query.properties))
    const ids = Object.values(document.paths).map(({ get }) => get.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('refers to nothing that it does not have', () => {
    const refs = [...openApiText().matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/gu)].map((match) => match[1]!)
    expect(refs.length).toBeGreaterThan(0)
    for (const name of refs) expect(Object.keys(document.components.schemas)).toContain(name)
    expect(openApiText()).not.toContain('$defs')
  })
})
