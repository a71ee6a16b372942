import type { ValidationReport } from '#sealing/plain'
import type { Language } from './language.js'
import { problemLines } from './told-problem.js'
import type { FileVerdict } from './validate-files.js'

type Said = Readonly<Record<Language, string>>
type Signature = ValidationReport['signatures'][number]
type FileTimestamp = ValidationReport['timestamps'][number]

const labels = {
  unsigned: { pl: 'brak podpisów i pieczęci', en: 'no signatures or seals' },
  signer: { pl: 'złożył', en: 'by' },
  unknown: { pl: 'nieznany', en: 'unknown' },
  proven: { pl: 'istniał nie później niż', en: 'existed no later than' },
  claimed: { pl: 'deklarowany czas (bez dowodu)', en: 'claimed time (no proof)' },
  part: { pl: 'obejmuje tylko część pliku', en: 'covers a part of the file only' },
  whole: { pl: 'obejmuje całość', en: 'covers everything' },
  warning: { pl: 'uwaga', en: 'warning' },
  timestamp: { pl: 'znacznik czasu', en: 'time stamp' },
  original: { pl: 'podpisany plik', en: 'signed file' },
  later: { pl: 'zmiany po podpisaniu', en: 'changes after signing' },
  permitted: { pl: 'dozwolone', en: 'permitted' },
  forbidden: { pl: 'niedozwolone', en: 'not permitted' },
  notJudged: { pl: 'niesprawdzone, bo jest ich zbyt wiele', en: 'not judged, because there are too many' },
  notBaseline: { pl: 'nie AdES baseline', en: 'not AdES baseline' }
} as const satisfies Record<string, Said>

/** What was found in a file, in lines for people. */
export function verdictLines({ file, report, originals = [], problem }: FileVerdict, language: Language): string[] {
  if (problem) {
    const [first, ...rest] = problemLines(problem, language)
    return [`${file}: ${first!}`, ...rest]
  }
  const { signatures, timestamps, notJudged } = report!
  const word = (label: keyof typeof labels): string => labels[label][language]
  if (signatures.length + timestamps.length === 0) return [`${file}: ${word('unsigned')}`]
  return [
    `${file}:`,
    ...originals.map(path => `  ${word('original')}: ${path}`),
    ...signatures.flatMap(one => signatureLines(one, language)),
    ...timestamps.flatMap(one => timestampLines(one, language)),
    ...(notJudged > 0 ? [`  INDETERMINATE  ${word('notJudged')}: ${notJudged}`] : [])
  ]
}

function signatureLines(signature: Signature, language: Language): string[] {
  const word = (label: keyof typeof labels): string => labels[label][language]
  const { id, indication, subIndication, format, level, chain, scopes, laterChanges, bestSignatureTime } = signature
  const by = holder(chain[0]) ?? word('unknown')
  const lines = [
    [indication, subIndication, format, level ?? word('notBaseline'), `(${id})`].filter(Boolean).join('  '),
    `  ${word('signer')}: ${by}`
  ]
  if (bestSignatureTime.proof === 'time-stamp') lines.push(`  ${word('proven')}: ${bestSignatureTime.time}`)
  else if (signature.claimedSigningTime && indication !== 'TOTAL-FAILED')
    lines.push(`  ${word('claimed')}: ${signature.claimedSigningTime}`)
  if (indication !== 'TOTAL-FAILED')
    lines.push(`  ${scopes.some(({ complete }) => complete) ? word('whole') : word('part')}`)
  lines.push(...changeLines(laterChanges, language))
  signature.reasons.forEach(reason => lines.push(`  ${reason[language]} [${reason.code}]`))
  signature.warnings.forEach(reason => lines.push(`  ${word('warning')}: ${reason[language]} [${reason.code}]`))
  return lines.map(line => `  ${line}`)
}

function timestampLines(timestamp: FileTimestamp, language: Language): string[] {
  const word = (label: keyof typeof labels): string => labels[label][language]
  const { id, indication, subIndication, time, chain, reasons } = timestamp
  return [
    [indication, subIndication, word('timestamp'), time, `(${id})`].filter(Boolean).join('  '),
    `  ${word('signer')}: ${holder(chain[0]) ?? word('unknown')}`,
    ...changeLines(timestamp.laterChanges, language),
    ...reasons.map(reason => `  ${reason[language]} [${reason.code}]`)
  ].map(line => `  ${line}`)
}

function changeLines(changes: Signature['laterChanges'], language: Language): string[] {
  if (changes.length === 0) return []
  const word = (label: 'permitted' | 'forbidden'): string => labels[label][language]
  const kinds = changes.map(({ kind, permitted }) => `${kind} (${word(permitted ? 'permitted' : 'forbidden')})`)
  return [`  ${labels.later[language]}: ${kinds.join(', ')}`]
}

const holder = (certificate: Signature['chain'][number] | undefined): string | undefined =>
  certificate?.subject.organization ?? certificate?.subject.commonName
