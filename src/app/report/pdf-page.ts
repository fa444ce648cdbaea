/**
 * The page as a Typst template. Everything from the plan comes in through `plan.json` and `picture.svg` as data: no
 * string of it is ever read as markup. A string module, since the command line ships as one bundle.
 */
export const PDF_PAGE = String.raw`
#let d = json("plan.json")
#let ink = rgb("#222222")
#let faint = rgb("#666666")
#let rule = rgb("#BBBBBB")
#set document(title: d.title, author: "Spillway", date: auto)
#set page("a4", margin: (x: 17mm, top: 14mm, bottom: 13mm), footer: text(size: 7pt, fill: faint, d.footer))
#set text(font: "Libertinus Serif", size: 8.7pt, fill: ink, lang: "en", region: "us", number-type: "lining", number-width: "tabular")
#set par(leading: 0.5em, spacing: 0.6em)
#let heading-text(body) = block(above: 1.2em, below: 0.55em, text(size: 9.5pt, weight: "bold", body))
#let bullets(items) = for item in items { block(above: 0.45em, below: 0.45em, grid(columns: (7pt, 1fr), text(fill: faint)[–], item)) }

#grid(columns: (1fr, auto), align: (left, right), text(size: 8pt, fill: faint, d.source), text(size: 8pt, fill: faint, d.generated))
#v(-0.3em)
#line(length: 100%, stroke: 0.5pt + rule)
#heading(level: 1, text(size: 15pt, d.title))
#text(size: 10.5pt, d.verdict)
#v(0.2em)
#grid(
  columns: (1fr,) * d.figures.len(), column-gutter: 10pt,
  ..d.figures.map(f => block(width: 100%, stroke: (top: 0.8pt + ink), inset: (top: 4pt), {
    text(size: 14pt, weight: "bold", f.value)
    linebreak()
    text(size: 8pt, fill: faint, f.label)
  })),
)
#v(0.4em)
#for line in d.answer { block(above: 0.45em, below: 0.45em, line) }
#v(0.1em)
#align(center, image("picture.svg", width: d.picture-width * 100%, alt: d.alt))

#let cell(row, body) = if row.mark == ">" { strong(body) } else if row.mark == "x" { text(fill: faint, body) } else { body }
#block(above: 0.5em, below: 1em, {
  set text(size: 8pt)
  table(
    columns: (auto,) + (1fr,) * (d.columns.len() - 1),
    align: (x, y) => if d.columns.at(x).align == "right" { right } else { left },
    inset: (x: 3pt, y: 2.6pt), stroke: none,
    table.header(..d.columns.map(c => text(fill: faint, c.header))),
    table.hline(stroke: 0.5pt + ink),
    ..d.rows.map(row => row.cells.enumerate().map(((i, body)) => cell(row, if i == 0 { row.mark + " " + body } else { body }))).flatten(),
    table.hline(stroke: 0.5pt + rule),
  )
  text(size: 7pt, fill: faint, d.note)
})

#grid(
  columns: (1fr, 1fr), column-gutter: 16pt,
  {
    heading-text("Why, replica by replica")
    bullets(d.marginal)
    if d.next.len() > 0 {
      heading-text("Measure next")
      bullets(d.next)
    }
  },
  {
    if d.bars.len() > 0 {
      heading-text("What would change it")
      set text(size: 8pt)
      for bar in d.bars {
        block(above: 0.45em, below: 0.45em, {
          grid(columns: (1fr, auto), bar.parameter, text(fill: faint, bar.ends))
          block(above: 2.5pt, below: 0pt, width: 100%, height: 6pt, {
            place(top + left, dy: 2.9pt, line(length: 100%, stroke: 0.3pt + rule))
            place(top + left, dx: bar.from * 99%, dy: 1pt, rect(width: calc.max(0.004, bar.to - bar.from) * 99%, height: 4pt, fill: rgb("#8A8A8A"), stroke: none))
            if d.plan-at != none { place(top + left, dx: d.plan-at * 99%, rect(width: 1pt, height: 6pt, fill: ink, stroke: none)) }
          })
        })
      }
      for note in d.notes { block(above: 0.4em, below: 0.4em, text(fill: faint, note)) }
    }
    if d.watch.len() > 0 {
      heading-text("Watch out")
      bullets(d.watch)
    }
  },
)

#heading-text(d.assumptions-title)
#{
  set text(size: 6.6pt)
  set par(leading: 0.4em)
  let entry(a) = block(above: 0.5em, below: 0.5em, {
    a.name + ": "
    strong(a.value)
    text(fill: faint, " (" + a.origin + ")")
  })
  grid(columns: (1fr, 1fr), column-gutter: 16pt, ..d.assumptions.map(half => half.map(entry).join()))
}
`
