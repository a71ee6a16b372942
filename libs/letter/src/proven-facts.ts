import type { TenantTransaction } from '#platform'
import type { ProvenFact } from './legal-status.js'
import { EvidenceCheckRow } from './rows.js'

/** All that is proven about a letter: the facts of every evidence whose latest examination passed. */
export async function provenFacts(tx: TenantTransaction, letterId: string): Promise<ProvenFact[]> {
  const checks = await tx.find(EvidenceCheckRow, { where: { letterId }, order: { checkedAt: 'ASC', id: 'ASC' } })
  const latest = new Map(checks.map(check => [check.evidenceId, check]))
  return [...latest.values()]
    .filter(check => check.indication === 'PASSED')
    .map(check => check.facts as unknown as ProvenFact)
}
