import { describeControlStore } from '../control.contract.ts'
import { memoryControl } from './memory.ts'

describeControlStore('in memory', async () => memoryControl())
