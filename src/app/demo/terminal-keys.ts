/** Single keys from a terminal; restores it when stopped. Does nothing where there is no terminal. */
export function onKeys(handle: (key: string) => void): () => void {
  const { stdin } = process
  if (stdin.isTTY !== true) return () => {}
  const listen = (data: Buffer): void => {
    for (const key of data.toString('utf8')) handle(key)
  }
  stdin.setRawMode(true)
  stdin.on('data', listen)
  stdin.resume()
  return () => {
    stdin.off('data', listen)
    stdin.setRawMode(false)
    stdin.pause()
  }
}
