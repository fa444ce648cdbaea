/** Resolves at the first SIGTERM or SIGINT, or when `ended` aborts; another signal after that ends the process at once. */
export function untilSignal(ended?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const stop = (): void => {
      if (asked) process.exit(1)
      asked = true
      resolve()
    }
    process.on('SIGTERM', stop)
    process.on('SIGINT', stop)
    ended?.addEventListener('abort', () => {
      asked = true
      resolve()
    })
  })
}
