/** The fields of one CSV record with quotes (RFC 4180), or null where text follows a closing quote. */
export function splitQuoted(record: string, delimiter: string): string[] | null {
  const fields: string[] = []
  let at = 0
  for (;;) {
    let field = ''
    if (record[at] === '"') {
      let close = record.indexOf('"', at + 1)
      while (close !== -1 && record[close + 1] === '"') {
        field += record.slice(at + 1, close + 1)
        at = close + 1
        close = record.indexOf('"', at + 1)
      }
      if (close === -1) return null
      field += record.slice(at + 1, close)
      at = close + 1
      if (at < record.length && record[at] !== delimiter) return null
    } else {
      const comma = record.indexOf(delimiter, at)
      const end = comma === -1 ? record.length : comma
      field = record.slice(at, end)
      at = end
    }
    fields.push(field)
    if (at >= record.length) return fields
    at++
  }
}

/** Splits a header line: the separator is the one of comma, tab and semicolon that occurs most. Names are trimmed. */
export function splitHeader(line: string): { readonly delimiter: string; readonly names: readonly string[] } {
  const count = (candidate: string): number => line.split(candidate).length
  const delimiter = [',', '\t', ';'].reduce((best, candidate) => (count(candidate) > count(best) ? candidate : best))
  return { delimiter, names: (splitQuoted(line, delimiter) ?? line.split(delimiter)).map((name) => name.trim()) }
}

/** Names for a message, cut at 120 characters. */
export function shortList(names: readonly string[]): string {
  const text = names.join(', ')
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
