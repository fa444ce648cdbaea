/** What serves, by kind: the same colors everywhere. */
export const KIND_COLORS: Readonly<Record<string, string>> = { dedicated: 'var(--dedicated)', elastic: 'var(--elastic)', serverless: 'var(--serverless)', tokens: 'var(--tokens)' }

/** Series that are no kind of pool are told apart by lightness alone: color is for what serves. */
const GRAYS = ['var(--gray-1)', 'var(--gray-2)', 'var(--gray-3)', 'var(--gray-4)', 'var(--gray-5)', 'var(--gray-6)'] as const

export const grayOf = (index: number): string => GRAYS[index % GRAYS.length]!
