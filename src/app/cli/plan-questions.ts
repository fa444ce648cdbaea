import { SpillwayError } from '../../core/errors.ts'
import { ASSUMED_TOKENS } from '../../decide/input/assumed.ts'
import type { Io } from './io.ts'
import { positive } from './options.ts'
import type { PlanOptions } from './plan-options.ts'

/**
 * Asks a person for what a plan cannot do without. Without a terminal nobody can answer, so what is missing is an error
 * that names the option: CLI_NEEDS_ANSWER.
 */
export async function askForMissing(given: PlanOptions, io: Io): Promise<PlanOptions> {
  let options = given
  if (options.traffic === undefined && options.requestsPerDay === undefined) options = { ...options, ...(await askForTraffic(io)) }
  if (options.model === undefined && options.replicaRps === undefined && options.gpuSeconds === undefined) {
    options = { ...options, model: await answer(io, 'Which model serves it (such as llama-3.1-70b)? ', '--model MODEL, --replica-rps N or --gpu-seconds N', 'what serves the traffic is not said') }
  }
  const describes = options.requestsPerDay !== undefined && options.model !== undefined
  if (describes && io.ask !== null) {
    if (options.pattern === undefined) options = { ...options, pattern: await answerOr(io, 'When is there traffic, such as "10-18 weekdays"', '24/7') }
    if (options.inputTokens === undefined) options = { ...options, inputTokens: await numberOr(io, 'Prompt tokens of a request, mean', ASSUMED_TOKENS.input) }
    if (options.outputTokens === undefined) options = { ...options, outputTokens: await numberOr(io, 'Generated tokens of a request, mean', ASSUMED_TOKENS.output) }
  }
  return options
}

async function askForTraffic(io: Io): Promise<Partial<PlanOptions>> {
  const text = await answer(io, 'Requests per day, or the path of a traffic file? ', '--traffic FILE or --requests-per-day N', 'no traffic is given')
  const digits = text.replaceAll(',', '')
  return /^\d/u.test(digits) && Number.isFinite(Number(digits)) ? { requestsPerDay: numberFrom(digits) } : { traffic: text }
}

async function answer(io: Io, question: string, option: string, what: string): Promise<string> {
  const text = io.ask === null ? '' : (await io.ask(question)).trim()
  if (text === '') throw new SpillwayError('CLI_NEEDS_ANSWER', what, `Add ${option}`)
  return text
}

async function answerOr(io: Io, question: string, otherwise: string): Promise<string> {
  const text = io.ask === null ? '' : (await io.ask(`${question} [${otherwise}]? `)).trim()
  return text === '' ? otherwise : text
}

async function numberOr(io: Io, question: string, otherwise: number): Promise<number> {
  return numberFrom(await answerOr(io, question, String(otherwise)))
}

function numberFrom(text: string): number {
  try {
    return positive(text.replaceAll(',', ''))
  } catch {
    throw new SpillwayError('NUMBER_INVALID', `"${text}" is not a number above zero`, 'Answer with digits, such as 50000')
  }
}
