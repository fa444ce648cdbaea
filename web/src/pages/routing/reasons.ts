/** Reason codes of the policy (src/core/policy/types.ts), in words. */
const WORDS: Readonly<Record<string, string>> = {
  floor: 'an owned replica had room',
  'floor-prefix': 'an owned replica had room and held the start of the prompt',
  'floor-only': 'the floor was full, but nothing else may serve it',
  canary: 'the share that a new endpoint is tried with',
  'spill-saturated': 'spilled: the floor was full',
  'spill-slo': 'spilled: the floor would have missed the TTFT target',
  'spill-down': 'spilled: no owned replica was healthy',
  'overflow-only': 'no owned pool serves the model',
  probe: 'a try whether an endpoint has recovered',
  failover: 'tried elsewhere after a failure',
  fallback: 'the policy failed: plain order of the configuration',
  queued: 'waited for room',
  waking: 'waited for a pool that started',
  'no-model': 'refused: nobody serves the model',
  'no-residency': 'refused: no pool in the region',
  'no-realtime': 'refused: real time, and no warm pool had room',
  'all-down': 'refused: everything was down',
  'queue-full': 'refused: the queue was full',
  'wait-expired': 'refused: waited too long',
  'audit-unavailable': 'refused: the audit log could not be written',
}

/** A code that is not among them is shown as it is. */
export const reasonWords = (code: string): string => WORDS[code] ?? code

export const isSpill = (code: string): boolean => code.startsWith('spill-')
