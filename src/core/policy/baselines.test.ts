import { BASELINES, createBaseline } from './baselines.ts'
import { describePolicy } from './policy.contract.ts'

for (const kind of BASELINES) describePolicy(kind, (config) => createBaseline(kind, config))
