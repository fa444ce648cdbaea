import { expect, it } from 'vitest'
import { openApiText } from '../../measure/query/openapi.ts'
import { MANAGE_ROUTES } from './all-routes.ts'
import { managedPaths } from './openapi-paths.ts'

interface Operation {
  readonly operationId: string
  readonly requestBody?: object
}

it('the OpenAPI document has every route with its body, beside the questions, each under a name of its own', () => {
  const { paths } = JSON.parse(openApiText(managedPaths())) as { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }
  for (const { method, path, body } of MANAGE_ROUTES) expect([path, paths[path]?.[method.toLowerCase()]?.requestBody !== undefined]).toEqual([path, body !== null])
  expect(paths['/api/v1/costs']?.['get']).toBeDefined()
  const ids = Object.values(paths).flatMap((operations) => Object.values(operations).map(({ operationId }) => operationId))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toContain('postKeysIdRotate')
})
