/**
 * As much of ClickHouse's HTTP interface as the client needs, over chdb: ClickHouse itself, in this process. One statement at a time.
 * It does not know sessions, roles, compression, progress headers, rows written (the summary says 0), nor users beyond the one given.
 * Run by `testing-server.ts`: testing-chdb.ts <package of chdb> <data folder> <password>. Prints its port.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

interface Chdb {
  readonly Session: new (folder: string) => { readonly queryBindAsync: (sql: string, params: object, options: { format: string }) => Promise<{ bytes: () => Uint8Array }> }
}

const [chdb = '', folder = '', password = ''] = process.argv.slice(2)
const session = new (createRequire(import.meta.url)(chdb) as Chdb).Session(folder)
/** What the URL may hold besides settings. */
const NO_SETTINGS = new Set(['query', 'database', 'query_id', 'default_format', 'wait_end_of_query', 'enable_http_compression', 'send_progress_in_http_headers'])
const MEBIBYTE = 2 ** 20

// Nobody is left to ask when whoever started it is gone.
process.stdin.resume().on('close', () => process.exit())

let turn: Promise<unknown> = Promise.resolve()

createServer({ maxHeaderSize: MEBIBYTE }, async (request, response) => {
  const url = new URL(request.url!, 'http://localhost')
  try {
    if (url.pathname === '/ping') return void response.end('Ok.\n')
    authenticate(request)
    const { sql, params, settings, database } = await statementOf(request, url)
    // The database in use belongs to the session: nobody else may come between.
    const answer = turn.then(async () => {
      await run(`USE ${identifier(database)}`, {})
      return run(withSettings(sql, settings), params)
    })
    turn = answer.catch(() => {})
    const bytes = await answer
    response.writeHead(200, { 'content-type': 'text/plain; charset=UTF-8', 'x-clickhouse-summary': JSON.stringify({ read_rows: '0', written_rows: '0' }) }).end(bytes)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const code = /^Code: (\d+)/u.exec(message)?.[1] ?? '1001'
    response.writeHead(code === '516' ? 403 : 500, { 'x-clickhouse-exception-code': code }).end(message)
  }
}).listen(0, '127.0.0.1', function (this: { address: () => unknown }) {
  process.stdout.write(`${(this.address() as AddressInfo).port}\n`)
})

async function run(sql: string, params: object): Promise<Uint8Array> {
  return (await session.queryBindAsync(sql, params, { format: 'TSV' })).bytes()
}

function authenticate({ headers }: IncomingMessage): void {
  const [, basic = ''] = /^Basic (.+)$/u.exec(headers.authorization ?? '') ?? []
  if (Buffer.from(basic, 'base64').toString('utf8') === `default:${password}`) return
  throw new Error('Code: 516. DB::Exception: default: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)')
}

interface Asked {
  readonly sql: string
  readonly params: Record<string, string | readonly string[] | null>
  readonly settings: readonly [string, string][]
  readonly database: string
}

async function statementOf(request: IncomingMessage, url: URL): Promise<Asked> {
  const body = await buffer(request)
  const said = new Map(url.searchParams)
  let sql = body.toString('utf8')
  if (request.headers['content-type']?.startsWith('multipart/form-data') === true) {
    const form = await new Response(body, { headers: { 'content-type': request.headers['content-type'] } }).formData()
    for (const [name, value] of form) said.set(name, String(value))
    sql = said.get('query') ?? ''
  } else if (said.has('query')) sql = `${said.get('query')}\n${sql}`
  const params: Asked['params'] = {}
  const settings: [string, string][] = []
  for (const [name, value] of said) {
    if (name.startsWith('param_')) params[name.slice('param_'.length)] = parameter(sql, name.slice('param_'.length), value)
    else if (!NO_SETTINGS.has(name)) settings.push([name, value])
  }
  return { sql, params, settings, database: said.get('database') ?? 'default' }
}

/** The client sends parameters as ClickHouse reads them; chdb wants values, and writes them so itself. */
function parameter(sql: string, name: string, text: string): string | readonly string[] | null {
  const type = new RegExp(`\\{${identifier(name)}:\\s*([^}]+)\\}`, 'u').exec(sql)?.[1] ?? ''
  if (text === '\\N') return null
  if (!type.startsWith('Array(')) return unescaped(text)
  return [...text.matchAll(/'((?:[^'\\]|\\.)*)'/gsu)].map(([, item]) => unescaped(item!))
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gsu, (_, char: string) => ({ t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', 0: '\0' })[char] ?? char)
}

/** Settings come in the URL; in a statement they stand before the format. The definition of a table has settings of its own. */
function withSettings(sql: string, settings: readonly [string, string][]): string {
  if (settings.length === 0 || !/^\s*(?:SELECT|INSERT|WITH)\b/iu.test(sql)) return sql
  const clause = `SETTINGS ${settings.map(([name, value]) => `${identifier(name)} = '${value.replaceAll(/['\\]/gu, String.raw`\$&`)}'`).join(', ')}`
  const [, head, format, data] = /^(.*?)\s(FORMAT \w+)\s*?(\n.*|)$/su.exec(sql) ?? [null, sql, '', '']
  return `${head} ${clause} ${format}${data}`
}

function identifier(name: string): string {
  if (!/^\w+$/u.test(name)) throw new Error(`Code: 62. DB::Exception: "${name}" is no name. (SYNTAX_ERROR)`)
  return name
}
