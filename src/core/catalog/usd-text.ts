import { NANO_PER_USD, type NanoUsd } from '../money.ts'

/** The exact decimal of an amount, without trailing zeros: 164,000n is "0.000164". `parseUsd` reads it back unchanged. */
export function usdText(nano: NanoUsd): string {
  const magnitude = nano < 0n ? -nano : nano
  const whole = magnitude / NANO_PER_USD
  const fraction = (magnitude % NANO_PER_USD).toString().padStart(9, '0').replace(/0+$/u, '')
  return `${nano < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`
}
