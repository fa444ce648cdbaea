import type { Observation } from '../../core/observation.ts'

type Rest = Pick<Observation, 'spanId' | 'durationMs' | 'streamed' | 'queuedMs' | 'ttftMs' | 'tpotMs' | 'status' | 'errorCode' | 'finishReason' | 'usage' | 'usageSource' | 'rawUsage' | 'requestBytes' | 'responseBytes' | 'tool' | 'segments' | 'toolsDeclared' | 'toolsCalled' | 'stepRepeats'> & {
  readonly cost: Pick<Observation['cost'], 'missing' | 'priceVersion'>
}

/**
 * What nothing is filtered, grouped or summed by, in one column of JSON: a list by position, since names would cost more than
 * values. The version comes first; fields are added at the end.
 */
export function writeRest(o: Observation): string {
  return JSON.stringify([1, o.spanId, o.durationMs, o.streamed, o.queuedMs, o.ttftMs, o.tpotMs, o.status, o.errorCode, o.finishReason, o.usage, o.usageSource, o.rawUsage, o.cost.missing, o.cost.priceVersion, o.requestBytes, o.responseBytes, o.tool, o.segments, o.toolsDeclared, o.toolsCalled, ...(o.stepRepeats === undefined ? [] : [o.stepRepeats])])
}

export function readRest(text: string): Rest {
  const [, spanId, durationMs, streamed, queuedMs, ttftMs, tpotMs, status, errorCode, finishReason, usage, usageSource, rawUsage, missing, priceVersion, requestBytes, responseBytes, tool, segments, toolsDeclared, toolsCalled, stepRepeats] = JSON.parse(text) as Listed
  return { spanId, durationMs, streamed, queuedMs, ttftMs, tpotMs, status, errorCode, finishReason, usage, usageSource, rawUsage, cost: { missing, priceVersion }, requestBytes, responseBytes, tool, segments, toolsDeclared, toolsCalled, ...(stepRepeats === undefined ? {} : { stepRepeats }) }
}

type Listed = [
  version: 1,
  spanId: Rest['spanId'],
  durationMs: Rest['durationMs'],
  streamed: Rest['streamed'],
  queuedMs: Rest['queuedMs'],
  ttftMs: Rest['ttftMs'],
  tpotMs: Rest['tpotMs'],
  status: Rest['status'],
  errorCode: Rest['errorCode'],
  finishReason: Rest['finishReason'],
  usage: Rest['usage'],
  usageSource: Rest['usageSource'],
  rawUsage: Rest['rawUsage'],
  missing: Rest['cost']['missing'],
  priceVersion: Rest['cost']['priceVersion'],
  requestBytes: Rest['requestBytes'],
  responseBytes: Rest['responseBytes'],
  tool: Rest['tool'],
  segments: Rest['segments'],
  toolsDeclared: Rest['toolsDeclared'],
  toolsCalled: Rest['toolsCalled'],
  stepRepeats?: number,
]
