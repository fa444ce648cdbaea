import { copyFile, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Marked } from 'marked'

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
/** As code hosts make them, so that the same links work there and here. */
const slug = (text) => text.toLowerCase().replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '').replaceAll(' ', '-')

/** In the order in which one reads them; what is not named comes after. */
const ORDER = ['planning', 'gateway', 'dashboard', 'reports', 'configuration', 'ingest', 'telemetry', 'api', 'insights', 'audit', 'latency-model', 'plan-json', 'benchmarks', 'faults', 'threat-model', 'architecture', 'testing']

/** Pages of docs/ as HTML: no script, no style but one file. Raw HTML in a page is shown as text. */
function htmlOf(markdown) {
  const seen = new Map()
  const marked = new Marked({
    gfm: true,
    renderer: {
      html: ({ text }) => (text.trim().startsWith('<!--') ? '' : escape(text)),
      heading({ tokens, depth, text }) {
        const base = slug(text)
        const count = seen.get(base) ?? 0
        seen.set(base, count + 1)
        return `<h${depth} id="${count === 0 ? base : `${base}-${count}`}">${this.parser.parseInline(tokens)}</h${depth}>\n`
      },
      // Wide ones scroll, which has to work without a mouse.
      code: ({ text }) => `<pre tabindex="0"><code>${escape(text)}</code></pre>\n`,
      link({ href, tokens }) {
        const [path, anchor] = href.split('#')
        const own = /^[\w-]+\.md$/u.test(path)
        const target = own ? `${path.slice(0, -3)}.html${anchor === undefined ? '' : `#${anchor}`}` : href
        // What lies elsewhere in the project is not served: its name stays.
        return own || href.startsWith('#') || /^https?:/u.test(href) || /^[\w-]+\.(?:json|svg|pdf)$/u.test(href) ? `<a href="${escape(target)}">${this.parser.parseInline(tokens)}</a>` : this.parser.parseInline(tokens)
      },
      table(token) {
        const cell = (one, tag) => `<${tag}${one.align === null ? '' : ` class="${one.align}"`}>${this.parser.parseInline(one.tokens)}</${tag}>`
        const rows = token.rows.map((row) => `<tr>${row.map((one) => cell(one, 'td')).join('')}</tr>`).join('\n')
        return `<div class="table" tabindex="0"><table><thead><tr>${token.header.map((one) => cell(one, 'th')).join('')}</tr></thead><tbody>${rows}</tbody></table></div>\n`
      },
    },
  })
  return marked.parse(markdown)
}

const rank = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length)
const titleOf = (markdown, name) => (/^# (.+)$/mu.exec(markdown)?.[1] ?? name).replaceAll('`', '')

function page(title, body, pages, current) {
  const links = pages.map(({ name, title: label }) => `<li><a href="${name}.html"${name === current ? ' aria-current="page"' : ''}>${escape(label)}</a></li>`).join('\n')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)} · Spillway</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
<header><a href="/">Spillway</a></header>
<nav aria-label="Documentation"><ul>
${links}
</ul></nav>
<main>
${body}
</main>
</body>
</html>
`
}

/** Writes docs/ as a site of static pages into `target`. */
export async function buildDocs(source, target) {
  await mkdir(target, { recursive: true })
  const files = await readdir(source)
  const names = files.filter((file) => file.endsWith('.md')).map((file) => file.slice(0, -3))
  names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
  const texts = new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(source, `${name}.md`), 'utf8')])))
  const pages = names.map((name) => ({ name, title: titleOf(texts.get(name), name) }))
  for (const { name, title } of pages) await writeFile(join(target, `${name}.html`), page(title, htmlOf(texts.get(name)), pages, name))
  const list = pages.map(({ name, title }) => `<li><a href="${name}.html">${escape(title)}</a></li>`).join('\n')
  await writeFile(join(target, 'index.html'), page('Documentation', `<h1>Documentation</h1>\n<ul>\n${list}\n</ul>`, pages, ''))
  if (files.includes('images')) await cp(join(source, 'images'), join(target, 'images'), { recursive: true })
  for (const file of files.filter((one) => /\.(?:json|svg|pdf)$/u.test(one))) await copyFile(join(source, file), join(target, file))
}
