/** The report as a Typst template. Everything comes in through `plan.json` and two pictures as data: no string of it is read as markup. */
export const CFO_PAGE = String.raw`
#let d = json("plan.json")
#let ink = rgb("#222222")
#let faint = rgb("#666666")
#let rule = rgb("#BBBBBB")
#set document(title: d.title, author: "Spillway", date: auto)
#set page("a4", margin: (x: 18mm, top: 16mm, bottom: 16mm), footer: context grid(columns: (1fr, auto), text(size: 7pt, fill: faint, d.verification), text(size: 7pt, fill: faint, counter(page).display("1 / 1", both: true))))
#set text(font: "Libertinus Serif", size: 9.4pt, fill: ink, lang: "en", region: "us", number-type: "lining", number-width: "tabular")
#set par(leading: 0.55em, spacing: 0.7em)
#let head(body) = block(above: 1.5em, below: 0.7em, sticky: true, heading(level: 2, text(size: 11pt, weight: "bold", body)))
#let bullets(items) = for item in items { block(above: 0.5em, below: 0.5em, grid(columns: (8pt, 1fr), text(fill: faint)[–], item)) }

#grid(columns: (1fr, auto), align: (left, right), text(size: 8pt, fill: faint, d.source), text(size: 8pt, fill: faint, d.generated))
#v(-0.3em)
#line(length: 100%, stroke: 0.5pt + rule)
#heading(level: 1, text(size: 16pt, d.title))
#text(size: 11pt, d.verdict)
#v(0.3em)
#grid(
  columns: (1fr,) * d.figures.len(), column-gutter: 10pt,
  ..d.figures.map(f => block(width: 100%, stroke: (top: 0.8pt + ink), inset: (top: 4pt), {
    text(size: 15pt, weight: "bold", f.value)
    linebreak()
    text(size: 8pt, fill: faint, f.label)
  })),
)
#v(0.4em)
#d.current
#for line in d.answer { block(above: 0.5em, below: 0.5em, line) }

#head("Demand, and what serves it")
#image("picture.svg", width: 100%, alt: d.alt)

#head("Scenarios, under one convention")
#let cell(row, body) = if row.mark == ">" { strong(body) } else if row.mark == "x" { text(fill: faint, body) } else { body }
#{
  set text(size: 8.2pt)
  table(
    columns: (auto,) + (1fr,) * (d.columns.len() - 1),
    align: (x, y) => if d.columns.at(x).align == "right" { right } else { left },
    inset: (x: 3pt, y: 3pt), stroke: none,
    table.header(..d.columns.map(c => text(fill: faint, c.header))),
    table.hline(stroke: 0.5pt + ink),
    ..d.rows.map(row => row.cells.enumerate().map(((i, body)) => cell(row, if i == 0 { row.mark + " " + body } else { body }))).flatten(),
    table.hline(stroke: 0.5pt + rule),
  )
  text(size: 7pt, fill: faint, d.note)
}

#head("Twelve months")
#d.at("savings-line")
#if d.at("has-savings") { image("savings.svg", width: 100%, alt: "What has been paid by each month: today's way and the plan") }

#if d.bars.len() > 0 {
  head("What would change it")
  set text(size: 8.6pt)
  for bar in d.bars {
    block(above: 0.6em, below: 0.6em, breakable: false, {
      grid(columns: (1fr, auto), bar.parameter, text(fill: faint, bar.ends))
      block(above: 2.5pt, below: 0pt, width: 100%, height: 7pt, {
        place(top + left, dy: 3.4pt, line(length: 100%, stroke: 0.3pt + rule))
        place(top + left, dx: bar.from * 99%, dy: 1pt, rect(width: calc.max(0.004, bar.to - bar.from) * 99%, height: 5pt, fill: rgb("#8A8A8A"), stroke: none))
        if d.plan-at != none { place(top + left, dx: d.plan-at * 99%, rect(width: 1pt, height: 7pt, fill: ink, stroke: none)) }
      })
    })
  }
  for note in d.notes { block(above: 0.4em, below: 0.4em, text(fill: faint, note)) }
}

#head("Why, replica by replica")
#bullets(d.marginal)

#head("Risks")
#{
  set text(size: 8.6pt)
  table(
    columns: (2.2fr, 4fr, 4fr), inset: (x: 3pt, y: 3.5pt), stroke: none,
    table.header(text(fill: faint)[risk], text(fill: faint)[how large], text(fill: faint)[what to do]),
    table.hline(stroke: 0.5pt + ink),
    ..d.risks.map(r => (strong(r.at(0)), r.at(1), r.at(2))).flatten(),
    table.hline(stroke: 0.5pt + rule),
  )
}
#if d.watch.len() > 0 { bullets(d.watch) }

#head("Metered against planned")
#bullets(d.actual)

#head("The first week")
#for item in d.checklist {
  block(above: 0.55em, below: 0.55em, breakable: false, grid(columns: (14pt, 52pt, 1fr), if item.done { sym.ballot.check } else { sym.ballot }, text(fill: faint, item.day), {
    item.what
    if item.found != "" { linebreak(); text(size: 8.2pt, fill: faint, item.found) }
  }))
}

#head("Method, in plain words")
#bullets(d.method)

#head(d.assumptions-title)
#{
  set text(size: 7pt)
  set par(leading: 0.42em)
  let entry(a) = block(above: 0.55em, below: 0.55em, {
    a.name + ": "
    strong(a.value)
    text(fill: faint, " (" + a.origin + ")")
  })
  grid(columns: (1fr, 1fr), column-gutter: 16pt, ..d.assumptions.map(half => half.map(entry).join()))
}
`
