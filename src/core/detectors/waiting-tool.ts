const WAITING = /(?:^|[^a-z])(?:sleep|wait|delay|poll|pause)/iu

/** Whether a tool's name says that it waits: an agent that asks again after waiting is polling, not going round in circles. */
export function isWaitingTool(name: string): boolean {
  return WAITING.test(name)
}
