/** What came of one idempotency key: every letter id that the API ever answered to it. */
export interface Submission {
  key: string
  answered: string[]
}

/** A letter as the gateway's database has it. */
export interface BookedLetter {
  id: string
  progress: string
  legalStatus: string
  messageId: string | null
}

/** One line of the world's ledger, as far as it matters here. */
export interface WorldEntry {
  action: string
  messageId?: string
  evidenceId?: string
  type?: string
  sha256?: string
  marker?: { goniec?: string }
}

/** Evidence that the gateway keeps: the provider's id, and the digest of the bytes that the API gives out. */
export interface BookedEvidence {
  letterId: string
  evidenceId: string
  kind: string
  /** SHA-256, hexadecimal. */
  sha256: string
}

/** Both sides of what happened, each told by itself: callers and gateway here, the outside world there. */
export interface Books {
  submissions: Submission[]
  letters: BookedLetter[]
  world: WorldEntry[]
  evidence: BookedEvidence[]
}

/** Evidence that a delivered letter has, whatever else comes. */
const NEEDED = ['A.1', 'BP.WX', 'D.1', 'E.1', 'BP.OX']

/**
 * Compares the books. Everything promised is checked: nothing acknowledged is lost, one letter per key, the world took
 * each letter exactly once and nothing else, evidence is kept byte for byte, each letter is archived and delivered.
 * @returns one sentence per fault; empty when the books agree
 */
export function faultsIn(books: Books): string[] {
  return [...faultsOfKeys(books), ...faultsOfLetters(books), ...faultsOfWorld(books), ...faultsOfEvidence(books)]
}

function faultsOfKeys({ submissions, letters }: Books): string[] {
  const faults: string[] = []
  const known = new Set(letters.map(letter => letter.id))
  const keyOf = new Map<string, string>()
  for (const { key, answered } of submissions) {
    const ids = [...new Set(answered)]
    if (ids.length !== 1) faults.push(`key ${key} was answered with ${ids.length} letters`)
    for (const id of ids) {
      if (!known.has(id)) faults.push(`letter ${id} was acknowledged and is gone`)
      if (keyOf.has(id)) faults.push(`letter ${id} belongs to the keys ${keyOf.get(id)} and ${key}`)
      keyOf.set(id, key)
    }
  }
  for (const id of known) if (!keyOf.has(id)) faults.push(`letter ${id} was never acknowledged to anybody`)
  return faults
}

function faultsOfLetters({ letters }: Books): string[] {
  return letters.flatMap(({ id, progress, legalStatus }) =>
    progress === 'archived' && legalStatus === 'delivered' ? [] : [`letter ${id} is ${progress}, ${legalStatus}`]
  )
}

function faultsOfWorld({ letters, world }: Books): string[] {
  const taken = world.filter(entry => entry.action === 'letter-taken')
  const faults = letters.flatMap(({ id, messageId }) => {
    const ours = taken.filter(entry => entry.marker?.goniec === id)
    if (ours.length !== 1) return [`the world took letter ${id} ${ours.length} times`]
    return ours[0]!.messageId === messageId ? [] : [`letter ${id} takes another message for its own`]
  })
  const known = new Set(letters.map(letter => letter.id))
  const strange = taken.filter(entry => !known.has(entry.marker?.goniec ?? ''))
  return [...faults, ...strange.map(entry => `the world took message ${entry.messageId}, which no letter knows`)]
}

function faultsOfEvidence({ letters, world, evidence }: Books): string[] {
  const issued = new Map(
    world.filter(entry => entry.action === 'evidence-issued').map(entry => [entry.evidenceId!, entry])
  )
  const faults: string[] = []
  for (const { id, messageId } of letters) {
    const kept = evidence.filter(item => item.letterId === id)
    for (const item of kept) {
      const original = issued.get(item.evidenceId)
      if (original?.messageId !== messageId) faults.push(`letter ${id} keeps evidence that was not issued for it`)
      else if (original.sha256 !== item.sha256) faults.push(`evidence ${item.evidenceId} is not kept as it was issued`)
    }
    if (new Set(kept.map(item => item.evidenceId)).size !== kept.length)
      faults.push(`letter ${id} keeps an evidence twice`)
    const missing = NEEDED.filter(kind => !kept.some(item => item.kind === kind))
    if (missing.length > 0) faults.push(`letter ${id} lacks ${missing.join(', ')}`)
  }
  return faults
}
