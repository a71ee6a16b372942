/** Sum of the leading digits, each times its weight: the common part of Polish check digits. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, position) => sum + weight * Number(digits[position]), 0)
}
