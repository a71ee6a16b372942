import { declareProblems, type ProblemType } from '#platform'
import type { EvidenceReport } from './check-evidence.js'

/** Problems of this lib: why a piece of evidence does not count. None of them stops a letter; they are shown beside it. */
export const evidenceProblems = declareProblems('evidence', {
  'xml-too-large': {
    status: 422,
    pl: 'Dowód jest większy, niż przyjmujemy; nie został odczytany.',
    en: 'The evidence is larger than we accept; it was not read.'
  },
  'xml-encoding': {
    status: 422,
    pl: 'Dowód nie jest poprawnym tekstem UTF-8; nie został odczytany.',
    en: 'The evidence is not proper UTF-8 text; it was not read.'
  },
  'xml-doctype-forbidden': {
    status: 422,
    pl: 'Dowód zawiera deklarację typu dokumentu, która może służyć do ataku; nie został odczytany.',
    en: 'The evidence holds a document type declaration, which can serve an attack; it was not read.'
  },
  'xml-instruction-forbidden': {
    status: 422,
    pl: 'Dowód zawiera instrukcję przetwarzania, której nie dopuszczamy; nie został odczytany.',
    en: 'The evidence holds a processing instruction, which we do not allow; it was not read.'
  },
  'xml-too-complex': {
    status: 422,
    pl: 'Dowód jest zbyt złożony (głębokość, liczba elementów lub atrybutów); nie został odczytany.',
    en: 'The evidence is too complex (depth, number of elements or attributes); it was not read.'
  },
  'xml-not-well-formed': {
    status: 422,
    pl: 'Dowód nie jest poprawnym dokumentem XML.',
    en: 'The evidence is not a well-formed XML document.'
  },
  'format-failure': {
    status: 422,
    pl: 'Pieczęć dowodu nie ma dopuszczonej budowy; mogła zostać przeniesiona z innego dokumentu.',
    en: 'The seal on the evidence is not built in an accepted way; it may have been moved from another document.'
  },
  'hash-failure': {
    status: 422,
    pl: 'Treść nie zgadza się ze skrótem: dowód zmieniono po opieczętowaniu albo dotyczy innych plików niż wysłane.',
    en: 'A digest does not fit: the evidence was changed after sealing or is about other files than those sent.'
  },
  'sig-crypto-failure': {
    status: 422,
    pl: 'Wartość podpisu nie zgadza się z certyfikatem: pieczęć jest podrobiona albo uszkodzona.',
    en: 'The signature value does not fit the certificate: the seal is forged or damaged.'
  },
  'not-yet-valid': {
    status: 422,
    pl: 'Dowód opieczętowano, zanim certyfikat zaczął obowiązywać.',
    en: 'The evidence was sealed before its certificate became valid.'
  },
  'sig-constraints-failure': {
    status: 422,
    pl: 'Pieczęci lub jej znacznika czasu nie można uznać; dowód czeka na ocenę człowieka.',
    en: 'The seal or its time stamp cannot be accepted; somebody has to look at the evidence.'
  },
  'chain-constraints-failure': {
    status: 422,
    pl: 'Certyfikat nie jest przeznaczony do tego celu albo nie należy do oczekiwanego dostawcy.',
    en: 'The certificate is not meant for this purpose, or is not that of an expected provider.'
  },
  'crypto-constraints-failure': {
    status: 422,
    pl: 'Pieczęć używa algorytmu lub klucza, którego nie uznajemy za bezpieczny.',
    en: 'The seal uses an algorithm or a key that we do not hold to be safe.'
  },
  'timestamp-order-failure': {
    status: 422,
    pl: 'Znacznik czasu pochodzi z przyszłości; zegary się nie zgadzają.',
    en: 'The time stamp is from the future; clocks do not agree.'
  },
  'no-signing-certificate-found': {
    status: 422,
    pl: 'W dowodzie nie ma certyfikatu, na który wskazuje pieczęć.',
    en: 'The certificate that the seal names is not in the evidence.'
  },
  'no-certificate-chain-found': {
    status: 422,
    pl: 'Dowód opieczętował ktoś, komu nie ufamy: certyfikat nie prowadzi do zaufanego dostawcy.',
    en: 'The evidence was sealed by somebody we do not trust: the certificate leads to no trusted provider.'
  },
  'out-of-bounds-no-poe': {
    status: 422,
    pl: 'Certyfikat wygasł i nic nie dowodzi, że pieczęć złożono wcześniej.',
    en: 'The certificate has expired and nothing proves that the seal was made before.'
  },
  'message-mismatch': {
    status: 422,
    pl: 'Dowód dotyczy innej wiadomości; został odłożony.',
    en: 'The evidence is about another message; it was put aside.'
  },
  'party-mismatch': {
    status: 422,
    pl: 'Dowód dotyczy innego nadawcy lub adresata; został odłożony.',
    en: 'The evidence is about another sender or addressee; it was put aside.'
  },
  'kind-mismatch': {
    status: 422,
    pl: 'Dowód jest innego rodzaju, niż zapowiedziała usługa; został odłożony.',
    en: 'The evidence is of another kind than the service announced; it was put aside.'
  },
  'content-unreadable': {
    status: 422,
    pl: 'Pieczęć jest dobra, ale w treści dowodu brakuje niezbędnych danych albo jego postać jest nieznana.',
    en: 'The seal is good, but the evidence lacks necessary data or has an unknown form.'
  },
  'time-implausible': {
    status: 422,
    pl: 'Czasy w dowodzie nie są możliwe: zdarzenie późniejsze niż jego poświadczenie.',
    en: 'The times in the evidence are not possible: the event is later than its proof.'
  },
  'parts-differ': {
    status: 422,
    pl: 'Dowód wymienia plik, którego nie wysłano.',
    en: 'The evidence names a file that was not sent.'
  }
})

/** What to tell people about evidence that does not count; `undefined` for evidence that does. */
export function problemOf(report: EvidenceReport): ProblemType | undefined {
  if (report.verdict === 'PASSED') return undefined
  const name = report.seal.fault ?? (report.subIndication ?? 'FORMAT_FAILURE').toLowerCase().replaceAll('_', '-')
  return evidenceProblems[name as keyof typeof evidenceProblems]
}
