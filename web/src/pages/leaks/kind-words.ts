/** Kinds of leaks (docs/insights.md), in words. */
const WORDS: Readonly<Record<string, string>> = {
  loop: 'agent loop',
  'retry-storm': 'retry storm',
  abandoned: 'abandoned answers',
  'unused-tools': 'unused tools',
  bloat: 'prompt bloat',
  'missed-cache': 'missed cache',
  'model-choice': 'expensive model',
  concentration: 'budget eater',
}

/** A kind that is not among them is shown as it is. */
export const kindWords = (kind: string): string => (Object.hasOwn(WORDS, kind) ? WORDS[kind]! : kind.replaceAll('-', ' '))
