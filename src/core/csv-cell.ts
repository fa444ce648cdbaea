/** A text as a cell of a CSV after RFC 4180, which no spreadsheet runs as a formula. */
export function csvText(text: string): string {
  const safe = inert(text)
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Spreadsheets take text that starts so (after blanks too) for a formula, full-width forms included. */
function inert(text: string): string {
  return /^[\s'"]*[=+\-@|%\uFF1D\uFF0B\uFF0D\uFF20]/u.test(text) ? `'${text}` : text
}
