/** Where in the code an error arose. Its message may quote a body or a key, and is left out. */
export function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return `${error.name} ${error.stack?.split('\n').find((line) => line.startsWith('    at '))?.trim() ?? ''}`
}
