import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { paperRoutes } from './paper-routes.ts'
import { Papers } from './papers.ts'
import { pageCount, pdfText } from './testing.ts'

const ASKED = { requestsPerDay: 50_000, week: Array.from({ length: 168 }, () => 1), words: '24/7', model: 'llama-3.1-8b', gpu: 'l40s-48gb', inputTokens: 1000, cachedShare: 0, outputTokens: 200, sloTtft: null, residency: null, current: 9000, dedicated: null, serverless: null, ops: 'none' }

const papers = new Papers()
const defects: unknown[] = []
const routes = paperRoutes({ papers, publicUrl: () => null, clock: { now: () => Date.UTC(2026, 10, 25) }, onDefect: (error) => defects.push(error) })
const server = createServer((request, response) => {
  if (!routes(request, response)) response.writeHead(418).end()
})
let base = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await papers.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
const ask = (body: unknown, query = 'format=pdf', headers: Record<string, string> = {}): Promise<Response> => fetch(`${base}/api/plan/report?${query}`, { method: 'POST', headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', origin: base, ...headers }, body: JSON.stringify(body) })
const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { readonly error: { readonly code: string } }).error.code

describe("the calculator's papers", () => {
  it('are a PDF and a workbook of the plan, made apart from the thread that serves', async () => {
    const pdf = await ask(ASKED)
    expect([pdf.status, pdf.headers.get('content-type'), pdf.headers.get('content-disposition')]).toEqual([200, 'application/pdf', 'attachment; filename="spillway-report.pdf"'])
    const bytes = new Uint8Array(await pdf.arrayBuffer())
    expect(pageCount(bytes)).toBeGreaterThanOrEqual(2)
    expect(pdfText(bytes).replaceAll(/\s/gu, '')).toContain('50,000requestsaday,24/7')
    const xlsx = await ask(ASKED, 'format=xlsx')
    expect([xlsx.status, Buffer.from(await xlsx.arrayBuffer()).subarray(0, 2).toString()]).toEqual([200, 'PK'])
    expect(defects).toEqual([])
  })

  it('are made one at a time', async () => {
    const both = await Promise.all([ask(ASKED), ask(ASKED)])
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 429])
    await Promise.all(both.map((response) => response.arrayBuffer()))
  })

  it.each([
    ['another format', ASKED, 'format=exe', {}, 400, 'invalid_body'],
    ['a model that nobody knows', { ...ASKED, model: 'nothing' }, 'format=pdf', {}, 400, 'invalid_body'],
    ['a week that is too short', { ...ASKED, week: [1] }, 'format=pdf', {}, 400, 'invalid_body'],
    ['a field that is none', { ...ASKED, file: '/etc/passwd' }, 'format=pdf', {}, 400, 'unknown_field'],
    ['a number beyond all', { ...ASKED, requestsPerDay: 1e300 }, 'format=pdf', {}, 400, 'invalid_body'],
    ['a page of another site', ASKED, 'format=pdf', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403, 'csrf_refused'],
  ])('refuse %s', async (_, body, query, headers, status, code) => {
    const response = await ask(body, query, headers)
    expect([response.status, await codeOf(response)]).toEqual([status, code])
  })

  it('take POST alone, and leave other paths to others', async () => {
    expect((await fetch(`${base}/api/plan/report`)).status).toBe(405)
    expect((await fetch(`${base}/api/plan`)).status).toBe(418)
  })
})
