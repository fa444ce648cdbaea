import { createPolicy } from './policy.ts'
import { describePolicy } from './policy.contract.ts'

describePolicy('spillway', createPolicy)
