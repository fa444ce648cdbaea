/** Breaks `text` at spaces into lines of at most `width` characters; words longer than that are cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let rest = text.trim()
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const end = space > 0 ? space : width
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest]
}

/** `label` and `text` side by side, the text wrapped in the room that the label's `column` characters leave. */
export function labeled(label: string, column: number, text: string, width: number): string {
  return wrap(text, width - column)
    .map((line, index) => `${(index === 0 ? label : '').padEnd(column)}${line}`)
    .join('\n')
}
