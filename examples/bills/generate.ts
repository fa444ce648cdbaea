// Writes the synthetic bills of this folder: `node examples/bills/generate.ts`. Every figure follows from the rules
// below; rates are round numbers and no provider's price.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = import.meta.dirname
const FIRST_DAY = Date.UTC(2026, 9, 1)
const DAYS = 30
const DAY_MS = 86_400_000

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')
const days = Array.from({ length: DAYS }, (_, day) => ({ start: iso(FIRST_DAY + day * DAY_MS), end: iso(FIRST_DAY + (day + 1) * DAY_MS), weekend: new Date(FIRST_DAY + day * DAY_MS).getUTCDay() % 6 === 0 }))
const MONTH_END = iso(FIRST_DAY + DAYS * DAY_MS)

const csv = (header: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  `${[header, ...rows].map((row) => row.map((cell) => (/[",\n]/u.test(String(cell)) ? `"${String(cell).replaceAll('"', '""')}"` : cell)).join(',')).join('\n')}\n`

const save = (name: string, text: string): void => writeFileSync(join(FOLDER, name), text)

// FOCUS: one committed 8-GPU machine (20 h used, 4 h unused a day, $40 an hour), two on-demand 1-GPU machines on
// weekdays at $4 an hour, storage, a credit, tax and the purchase of the commitment, whose effective cost is 0.
const FOCUS_HEADER = ['BilledCost', 'EffectiveCost', 'BillingCurrency', 'ChargePeriodStart', 'ChargePeriodEnd', 'ChargeCategory', 'ChargeClass', 'ChargeDescription', 'ServiceName', 'ServiceCategory', 'ProviderName', 'PricingCategory', 'CommitmentDiscountId', 'CommitmentDiscountStatus', 'ConsumedQuantity', 'ConsumedUnit', 'SkuId', 'RegionId']
save(
  'focus-synthetic.csv',
  csv(FOCUS_HEADER, [
    [28800, 0, 'USD', days[0]?.start ?? '', MONTH_END, 'Purchase', '', 'Reserved p5.48xlarge, monthly fee', 'Amazon Elastic Compute Cloud', 'Compute', 'AWS', 'Committed', 'ri-synthetic', '', '', '', 'sku-ri', 'us-east-1'],
    ...days.flatMap(({ start, end, weekend }) => [
      [0, 800, 'USD', start, end, 'Usage', '', 'p5.48xlarge Linux, reserved instance applied', 'Amazon Elastic Compute Cloud', 'Compute', 'AWS', 'Committed', 'ri-synthetic', 'Used', 20, 'Hours', 'sku-p5', 'us-east-1'],
      [0, 160, 'USD', start, end, 'Usage', '', 'p5.48xlarge Linux, unused reservation', 'Amazon Elastic Compute Cloud', 'Compute', 'AWS', 'Committed', 'ri-synthetic', 'Unused', 4, 'Hours', 'sku-p5', 'us-east-1'],
      ...(weekend ? [] : [[192, 192, 'USD', start, end, 'Usage', '', 'NC24ads A100 v4', 'Virtual Machines', 'Compute', 'Microsoft', 'Standard', '', '', 48, 'Hours', 'sku-nc24', 'eastus']]),
      [5.5, 5.5, 'USD', start, end, 'Usage', '', 'Standard storage', 'Amazon Simple Storage Service', 'Storage', 'AWS', 'Standard', '', '', 7400, 'GB-Months', 'sku-s3', 'us-east-1'],
    ]),
    [-500, -500, 'USD', days[0]?.start ?? '', MONTH_END, 'Credit', '', 'Promotional credit', 'Amazon Elastic Compute Cloud', 'Compute', 'AWS', '', '', '', '', '', '', ''],
    [300, 300, 'USD', days[0]?.start ?? '', MONTH_END, 'Tax', '', 'Sales tax', 'Tax', 'Other', 'AWS', '', '', '', '', '', '', ''],
  ]),
)

// AWS CUR: a reserved 8-GPU machine (effective cost $15 an hour, 2 of 24 hours unused), a spot machine with one GPU
// at $0.50, a savings plan that covers a 4-GPU machine (with its negation and fee), accelerators, a refund, tax.
const CUR_HEADER = ['identity/LineItemId', 'lineItem/LineItemType', 'lineItem/UsageStartDate', 'lineItem/UsageEndDate', 'lineItem/ProductCode', 'lineItem/UsageType', 'lineItem/UsageAmount', 'lineItem/CurrencyCode', 'lineItem/UnblendedCost', 'product/ProductName', 'product/instanceType', 'reservation/EffectiveCost', 'reservation/UnusedAmortizedUpfrontFeeForBillingPeriod', 'reservation/UnusedRecurringFee', 'savingsPlan/SavingsPlanEffectiveCost', 'savingsPlan/TotalCommitmentToDate', 'savingsPlan/UsedCommitment', 'savingsPlan/InstanceTypeFamily']
const EC2 = 'Amazon Elastic Compute Cloud'
const cur = (type: string, start: string, end: string, usageType: string, amount: number, cost: number, instance: string, extra: readonly (string | number)[] = ['', '', '', '', '', '', '']): (string | number)[] => ['synthetic', type, start, end, 'AmazonEC2', usageType, amount, 'USD', cost, EC2, instance, ...extra]
save(
  'aws-cur-synthetic.csv',
  csv(CUR_HEADER, [
    cur('RIFee', days[0]?.start ?? '', MONTH_END, 'HeavyUsage:p4d.24xlarge', 720, 10800, 'p4d.24xlarge', ['', 300, 600, '', '', '', '']),
    cur('SavingsPlanRecurringFee', days[0]?.start ?? '', MONTH_END, 'ComputeSP:1yrNoUpfront', 720, 3600, '', ['', '', '', '', 3600, 3456, 'g5']),
    ...days.flatMap(({ start, end }) => [
      cur('DiscountedUsage', start, end, 'BoxUsage:p4d.24xlarge', 22, 0, 'p4d.24xlarge', [330, '', '', '', '', '', '']),
      cur('SavingsPlanCoveredUsage', start, end, 'BoxUsage:g5.12xlarge', 24, 136.128, 'g5.12xlarge', ['', '', '', 115.2, '', '', '']),
      cur('SavingsPlanNegation', start, end, 'BoxUsage:g5.12xlarge', 24, -136.128, 'g5.12xlarge'),
      cur('Usage', start, end, 'SpotUsage:g6.xlarge', 24, 12, 'g6.xlarge'),
      cur('Usage', start, end, 'BoxUsage:inf2.xlarge', 24, 18, 'inf2.xlarge'),
      cur('Usage', start, end, 'DataTransfer-Out-Bytes', 80, 7.2, ''),
    ]),
    cur('Refund', days[9]?.start ?? '', days[9]?.end ?? '', 'SpotUsage:g6.xlarge', 0, -6, 'g6.xlarge'),
    cur('Tax', days[0]?.start ?? '', MONTH_END, '', 1, 210, ''),
  ]),
)

// Google: two L4 machines (GPU, core and memory lines apart), a committed A100 whose usage nets to zero and whose fee
// counts, a promotion, BigQuery. In euros, so that it needs --fx.
const google = (service: string, sku: string, start: string, end: string, cost: number, amount: number, unit: string, credits: readonly object[] = []): string =>
  JSON.stringify({ service: { id: 'synthetic', description: service }, sku: { id: 'synthetic', description: sku }, usage_start_time: start.replace('T', ' ').replace('Z', ' UTC'), usage_end_time: end.replace('T', ' ').replace('Z', ' UTC'), cost, currency: 'EUR', cost_type: 'regular', usage: { amount, unit }, credits })
save(
  'gcp-synthetic.jsonl',
  `${days
    .flatMap(({ start, end }) => [
      google('Compute Engine', 'Nvidia L4 GPU running in Netherlands', start, end, 24, 2 * 86400, 'seconds'),
      google('Compute Engine', 'G2 Instance Core running in Netherlands', start, end, 9.6, 24 * 86400, 'seconds'),
      google('Compute Engine', 'G2 Instance Ram running in Netherlands', start, end, 4.8, 8.9e15, 'byte-seconds', [{ name: 'Synthetic promotion', type: 'PROMOTION', amount: -1.5 }]),
      google('Compute Engine', 'Nvidia Tesla A100 GPU running in Netherlands', start, end, 72, 86400, 'seconds', [{ name: 'Committed use', type: 'COMMITTED_USAGE_DISCOUNT', amount: -72 }]),
      google('Compute Engine', 'Commitment v1: Nvidia Tesla A100 GPU in Netherlands for 1 Year', start, end, 45, 86400, 'seconds'),
      google('BigQuery', 'Analysis', start, end, 3.3, 5e12, 'bytes'),
    ])
    .join('\n')}\n`,
)

// Plain CSV: a bill by day and GPU, as a small provider writes it.
save('plain-synthetic.csv', csv(['Day', 'GPU type', 'GPU hours', 'Amount'], days.flatMap(({ start, weekend }) => [[start.slice(0, 10), 'H100 SXM', weekend ? 24 : 96, weekend ? '72.00' : '288.00'], [start.slice(0, 10), 'RTX 4090', 48, '24.00'], [start.slice(0, 10), 'none', 0, '1.25']])))

// DCGM samples every six hours of two GPUs: a day curve between 10 and 70 percent, the second GPU half as busy.
save(
  'dcgm-synthetic.csv',
  csv(
    ['time', 'gpu', 'DCGM_FI_DEV_GPU_UTIL'],
    Array.from({ length: DAYS * 4 }, (_, sample) => FIRST_DAY + sample * (DAY_MS / 4)).flatMap((ms, sample) => {
      const busy = [10, 40, 70, 40][sample % 4] ?? 0
      return [[iso(ms), '0', busy], [iso(ms), '1', busy / 2]]
    }),
  ),
)
