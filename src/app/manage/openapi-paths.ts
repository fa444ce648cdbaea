import { MANAGE_ROUTES } from './all-routes.ts'
import type { ManageRoute } from './route.ts'

const STATUSES: Readonly<Record<string, string>> = {
  400: 'The body is wrong',
  401: 'The key is missing or not valid, or nobody is signed in',
  403: 'The key or the role does not allow it, or it does not come from a page of this site',
  404: 'There is no such thing in this tenant',
  409: 'It would clash with what there is',
  503: 'It cannot be done at present',
}

/** What can be managed, as paths of the OpenAPI document, from the schemas that bodies are checked by. */
export function managedPaths(): Record<string, Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of MANAGE_ROUTES) Object.assign((paths[route.path] ??= {}), { [route.method.toLowerCase()]: operation(route) })
  return paths
}

function operation({ method, path, permission, summary, body, answer, status }: ManageRoute): object {
  return {
    summary,
    description: `Needs the permission "${permission}".`,
    operationId: `${method.toLowerCase()}${path.slice('/api/v1'.length).replaceAll(/[^a-z]+([a-z])?/gu, (_, next: string | undefined) => (next ?? '').toUpperCase())}`,
    parameters: path.includes('{id}') ? [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }] : [],
    ...(body === null ? {} : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [status]: { description: 'Done', content: { 'application/json': { schema: answer } } },
      ...Object.fromEntries(Object.entries(STATUSES).map(([code, description]) => [code, { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }])),
    },
  }
}
