import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { csvRows, disaggregatedRows, siliconGroups, siliconPoints, splitwiseGroups, tableText, withErrors } from './perf-data.ts'

const base = { silicon_data_source: 'silicon_concurrency=16; measured=2026-03-01T00:00', backend: 'vllm', backend_version: '0.18.0', model_path: 'meta-llama/Llama-3.1-70B', system: 'h100_sxm', precision: 'fp8', mode: 'agg', isl: '1024', osl: '512', batch_size: '16', tp_size: '4', pp_size: '1', attention_dp_size: '1', moe_tp_size: '4', moe_ep_size: '1', silicon_ttft_ms: '123.456789', silicon_tpot_ms: '12.3456789' }

describe('csvRows', () => {
  it('reads rows by name', () => {
    expect(csvRows('a,b\n1,2\r\n3,\n')).toEqual([{ a: '1', b: '2' }, { a: '3', b: '' }])
  })

  it('refuses a row of another length', () => {
    expect(() => csvRows('a,b\n1\n')).toThrow('expected 2 fields: 1')
  })
})

describe('siliconPoints', () => {
  it('keeps what is needed, in the terms of the catalog', () => {
    expect(siliconPoints([base])).toEqual([
      { group: { model: 'llama-3.1-70b', gpu: 'h100-80gb', engine: 'vllm', precision: 'fp8', tp: 4, pp: 1, attentionDp: 1, moeTp: 4, moeEp: 1, method: 'closed-loop', source: 'silicon', asOf: '2026-03-01', points: [], error: null }, point: { input: 1024, output: 512, batch: 16, tpotMs: 12.346, ttftMs: 123.46, version: '0.18.0' } },
    ])
  })

  it('counts data-parallel ranks that only the concurrency tells', () => {
    const [one] = siliconPoints([{ ...base, model_path: 'deepseek-ai/DeepSeek-R1', attention_dp_size: '', tp_size: '8', moe_tp_size: '1', moe_ep_size: '8', batch_size: '2' }])
    expect(one).toMatchObject({ group: { attentionDp: 8, tp: 1 }, point: { batch: 16 } })
  })

  it('leaves out disaggregated rows, takes no precision for bf16 and refuses what is new', () => {
    expect(siliconPoints([{ ...base, mode: 'disagg' }])).toEqual([])
    expect(siliconPoints([{ ...base, precision: '' }])[0]?.group.precision).toBe('bf16')
    expect(() => siliconPoints([{ ...base, precision: 'fp6' }])).toThrow('precision "fp6" is new')
    expect(() => siliconPoints([{ ...base, model_path: 'x/y' }])).toThrow('"x/y" is new')
  })
})

describe('siliconGroups', () => {
  it('joins the same measurement under two names, and keeps two measurements', () => {
    const [group] = siliconGroups([base, { ...base, silicon_tpot_ms: '12.35', backend_version: '' }, { ...base, silicon_tpot_ms: '15' }])
    expect(group?.rows.map(({ point }) => point[3])).toEqual([12.346, 15])
  })
})

const row = (changes: object): Record<string, string> => ({ model: 'llama2-70b', hardware: 'a100-80gb', prompt_size: '512', batch_size: '1', token_size: '128', prompt_time: '200', token_time: '50', tensor_parallel: '4', ...changes })

describe('splitwiseGroups', () => {
  it('takes the median of repetitions and leaves out power-capped GPUs', () => {
    const groups = splitwiseGroups([row({}), row({ token_time: '60' }), row({ token_time: '51' }), row({ hardware: 'h100-80gb-pcap' })])
    expect(groups).toHaveLength(1)
    expect(groups[0]?.rows).toEqual([{ point: [512, 128, 1, 51, 200], version: '' }])
  })

  it('leaves out a batch that memory cut to pieces: its prefill takes less than a smaller one', () => {
    const [group] = splitwiseGroups([row({ batch_size: '32', prompt_time: '6600' }), row({ batch_size: '64', prompt_time: '800' })])
    expect(group?.rows.map(({ point }) => point[2])).toEqual([32])
  })
})

describe('disaggregatedRows', () => {
  it('groups by the layouts of both sides', () => {
    const side = { decode_num_workers: '2', decode_tp_size: '8', prefill_num_workers: '1', prefill_tp_size: '4' }
    expect(disaggregatedRows([{ ...base, ...side, mode: 'disagg' }, base])).toEqual([{ head: ['llama-3.1-70b', 'h100-80gb', 'vllm', 'fp8', [1, 4, 1, 1, 1, 1], [2, 8, 1, 1, 1, 1]], points: [[1024, 512, 16, 12.346, 123.46]] }])
  })
})

describe('the shipped file', () => {
  it('is what the script writes of its points', () => {
    const text = readFileSync(new URL('../catalog/perf/measured.json', import.meta.url), 'utf8')
    const table = JSON.parse(text) as { groups: object[]; error?: object }
    expect(tableText(withErrors(table))).toBe(text)
  })
})
