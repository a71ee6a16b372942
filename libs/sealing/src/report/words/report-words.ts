import type { SealLevel } from '../../seal-format.js'
import type { SignedScope, LaterChange } from '../../validation/read-signature.js'
import type { RevocationReport, TimestampReport, TotalIndication } from '../../validation/report.js'

/** A text in Polish and in English. */
export type Text = readonly [pl: string, en: string]

export type Language = 'pl' | 'en'

/** Gives the text of a language. */
export type Say = (text: Text) => string

export const sayIn =
  (language: Language): Say =>
  ([pl, en]) =>
    language === 'pl' ? pl : en

/** The words of the page, by where they stand. */
export const words = {
  title: [
    'Raport z walidacji podpisów i pieczęci elektronicznych',
    'Validation report on electronic signatures and seals'
  ],
  notAService: [
    'To jest walidacja techniczna. Nie jest ona kwalifikowaną usługą walidacji w rozumieniu art. 33 rozporządzenia (UE) nr 910/2014 (eIDAS).',
    'This is a technical validation. It is not a qualified validation service in the sense of article 33 of Regulation (EU) No 910/2014 (eIDAS).'
  ],
  method: [
    'Wynik ma trzy możliwe wartości (ETSI EN 319 102-1): pozytywny, nieustalony i negatywny. Wynik nieustalony nie znaczy, że podpis jest ważny.',
    'A result has three possible values (ETSI EN 319 102-1): passed, indeterminate and failed. Indeterminate does not mean that the signature is valid.'
  ],
  zone: [
    'Czas podano dla strefy Europe/Warsaw, obok czas UTC.',
    'Times are for the zone Europe/Warsaw, with UTC beside.'
  ],
  overview: ['Wyniki', 'Results'],
  validationTime: ['Czas walidacji', 'Time of validation'],
  policy: ['Polityka walidacji', 'Validation policy'],
  trustedLists: ['Zaufane listy', 'Trusted lists'],
  noTrustedLists: [
    'Nie użyto żadnej zaufanej listy, więc o kwalifikacji nie rozstrzygnięto.',
    'No trusted list was used, so nothing was decided about qualification.'
  ],
  listNumber: ['nr', 'no.'],
  listIssued: ['wydana', 'issued'],
  listNext: ['następna do', 'next one due by'],
  listAge: ['dni od wydania do walidacji', 'days from its issue to this validation'],
  listExpired: ['PRZETERMINOWANA', 'OUT OF DATE'],
  nothing: [
    'W pliku nie znaleziono żadnego podpisu, pieczęci ani znacznika czasu.',
    'No signature, seal or time stamp was found in the file.'
  ],
  onlyTimestamps: [
    'W pliku nie ma podpisu ani pieczęci, są tylko znaczniki czasu. Dowodzą one, kiedy plik istniał, a nie kto go wystawił.',
    'There is no signature or seal in the file, only time stamps. They prove when the file existed, not who issued it.'
  ],
  notJudged: [
    'Nie sprawdzono wszystkiego: plik ma zbyt wiele podpisów lub znaczników czasu. Nie wolno uznać go za sprawdzony. Niesprawdzonych:',
    'Not everything was checked: the file has too many signatures or time stamps. Do not take it as checked. Left out:'
  ],
  seal: ['Pieczęć', 'Seal'],
  signature: ['Podpis', 'Signature'],
  either: ['Podpis lub pieczęć', 'Signature or seal'],
  fileTimestamp: ['Znacznik czasu pliku', 'Time stamp on the file'],
  of: ['z', 'of'],
  result: ['Wynik', 'Result'],
  missing: ['Czego brakuje lub co stoi na przeszkodzie', 'What is missing or stands in the way'],
  why: ['Dlaczego', 'Why'],
  whatToDo: ['Co zrobić', 'What to do'],
  who: ['Kto podpisał lub opieczętował', 'Who signed or sealed'],
  unconfirmed: [
    'Dane z certyfikatu nie zostały potwierdzone: wynik walidacji nie jest pozytywny.',
    'What the certificate says is not confirmed: the validation did not pass.'
  ],
  noCertificate: ['Nie znaleziono certyfikatu podpisującego.', 'The signing certificate was not found.'],
  organization: ['Organizacja', 'Organisation'],
  identifier: ['Identyfikator organizacji', 'Organisation identifier'],
  commonName: ['Nazwa w certyfikacie', 'Name in the certificate'],
  issuer: ['Wystawca certyfikatu', 'Issuer of the certificate'],
  qualification: ['Kwalifikacja', 'Qualification'],
  qualificationReason: ['Uzasadnienie', 'Reason'],
  trustService: ['Usługa na zaufanej liście', 'Service on the trusted list'],
  statements: ['Oświadczenia w certyfikacie', 'Statements in the certificate'],
  statementCompliance: ['certyfikat kwalifikowany', 'qualified certificate'],
  statementDevice: ['klucz w kwalifikowanym urządzeniu', 'key in a qualified device'],
  statementNone: ['brak oświadczeń o kwalifikacji', 'no statements about qualification'],
  statementsOnly: [
    'To są słowa wystawcy certyfikatu; rozstrzyga zaufana lista.',
    'These are words of the issuer of the certificate; the trusted list decides.'
  ],
  statementTypes: {
    eseal: ['do pieczęci', 'for seals'],
    esign: ['do podpisów', 'for signatures'],
    web: ['do witryn', 'for web sites']
  },
  time: ['Czas', 'Time'],
  bestTime: ['Najwcześniejszy udowodniony czas', 'Earliest proven time'],
  proof: ['Dowód', 'Proof'],
  proofTimestamp: ['znacznik czasu', 'time stamp'],
  proofNow: [
    'tylko sama walidacja: żaden przyjęty znacznik czasu nie dowodzi wcześniejszego istnienia podpisu',
    'this validation only: no accepted time stamp proves that the signature existed earlier'
  ],
  proofFailed: [
    'brak: dla podpisu, którego wynik jest negatywny, czasu się nie ustala',
    'none: no time is established for a signature that failed'
  ],
  claimedTime: ['Czas podany przez podpisującego', 'Time that the signer claims'],
  claimedNote: ['deklaracja, nie dowód', 'a claim, not a proof'],
  form: ['Format i poziom', 'Format and level'],
  format: ['Format', 'Format'],
  level: ['Poziom', 'Level'],
  notBaseline: ['żaden poziom bazowy AdES', 'no AdES baseline level'],
  levelFaults: ['Odstępstwa od poziomu bazowego', 'What keeps it from baseline'],
  signaturePolicy: ['Polityka podpisu', 'Signature policy'],
  coverage: ['Co jest objęte', 'What is covered'],
  coversAll: ['Podpis obejmuje całość.', 'The signature covers everything.'],
  coversPart: [
    'UWAGA: NIE WSZYSTKO JEST OBJĘTE PODPISEM. Za pozostałą treść nikt tym podpisem nie ręczy.',
    'ATTENTION: NOT EVERYTHING IS COVERED BY THE SIGNATURE. Nobody vouches for the rest by this signature.'
  ],
  coversClaimed: [
    'Podpis nie potwierdza treści. Miał obejmować:',
    'The signature does not confirm the content. It was to cover:'
  ],
  coversUnknown: ['UWAGA: NIE WIADOMO, CO PODPIS OBEJMUJE.', 'ATTENTION: IT IS NOT KNOWN WHAT THE SIGNATURE COVERS.'],
  part: ['Część', 'Part'],
  kind: ['Rodzaj', 'Kind'],
  completeness: ['Czy w całości', 'All of it'],
  digest: ['Skrót', 'Digest'],
  yes: ['tak', 'yes'],
  no: ['nie', 'no'],
  noLoud: ['NIE', 'NO'],
  more: ['i dalsze, razem', 'and others, in all'],
  changes: ['Zmiany po podpisaniu', 'Changes after signing'],
  noChanges: ['Po podpisaniu nic w pliku nie zmieniono.', 'Nothing in the file was changed after signing.'],
  changesForbidden: [
    'UWAGA: PO PODPISANIU DOKUMENT ZMIENIONO W SPOSÓB, NA KTÓRY PODPIS NIE POZWALA.',
    'ATTENTION: AFTER SIGNING THE DOCUMENT WAS CHANGED IN A WAY THAT THE SIGNATURE DOES NOT PERMIT.'
  ],
  changesPermitted: [
    'Po podpisaniu dokument zmieniono tylko w dozwolony sposób.',
    'After signing the document was changed only in permitted ways.'
  ],
  revision: ['Wersja pliku', 'Revision'],
  permitted: ['Dozwolona', 'Permitted'],
  objects: ['Obiekty PDF', 'PDF objects'],
  timestamps: ['Znaczniki czasu', 'Time stamps'],
  noTimestamps: ['Brak znaczników czasu.', 'There are no time stamps.'],
  timestampTime: ['Czas znacznika', 'Time stated'],
  unreadable: ['nieczytelny', 'unreadable'],
  accuracy: ['Dokładność', 'Accuracy'],
  authority: ['Wystawca znacznika', 'Time-stamp authority'],
  serial: ['Numer seryjny', 'Serial number'],
  hash: ['Algorytm skrótu', 'Digest algorithm'],
  tokenDigest: ['Skrót znacznika (SHA-256)', 'Digest of the token (SHA-256)'],
  tokenPolicy: ['Polityka znacznika', 'Policy of the token'],
  certificates: ['Certyfikaty i unieważnienia', 'Certificates and revocation'],
  sameChain: ['Certyfikaty te same, co przy znaczniku', 'The same certificates as with the time stamp'],
  noChain: ['Brak ścieżki certyfikacji do pokazania.', 'There is no certification path to show.'],
  notAnchored: ['Ścieżka nie prowadzi do zaufanego urzędu.', 'The path does not lead to a trusted authority.'],
  leafRole: ['Certyfikat końcowy', 'End certificate'],
  authorityRole: ['Certyfikat urzędu', 'Certificate of an authority'],
  anchorRole: ['kotwica zaufania', 'trust anchor'],
  validity: ['Ważny', 'Valid'],
  from: ['od', 'from'],
  until: ['do', 'until'],
  key: ['Klucz', 'Key'],
  bits: ['bitów', 'bits'],
  fingerprint: ['Odcisk (SHA-256)', 'Fingerprint (SHA-256)'],
  revocation: ['Unieważnienie', 'Revocation'],
  noRevocation: ['nie użyto żadnej informacji o unieważnieniu', 'no information about revocation was used'],
  anchorRevocation: ['nie sprawdza się: kotwica zaufania', 'not asked: trust anchor'],
  told: ['stan na', 'as of'],
  nextUpdate: ['następna informacja do', 'next information due by'],
  produced: ['wydano', 'issued'],
  since: ['od', 'since'],
  algorithms: ['Algorytmy', 'Algorithms'],
  algorithm: ['Algorytm podpisu', 'Signature algorithm'],
  hashes: ['Algorytmy skrótu', 'Digest algorithms'],
  signatureDigest: ['Skrót wartości podpisu (SHA-256)', 'Digest of the signature value (SHA-256)'],
  warnings: ['Ostrzeżenia', 'Warnings'],
  noWarnings: ['Brak ostrzeżeń.', 'There are no warnings.'],
  processes: ['Przebieg walidacji', 'How the validation went'],
  basic: ['Podpis w chwili walidacji (5.3)', 'The signature at the time of validation (5.3)'],
  withTime: ['Podpis w udowodnionym czasie (5.5)', 'The signature at its proven time (5.5)'],
  archival: ['Z materiałem długoterminowym (5.6)', 'With long-term material (5.6)']
} as const satisfies Readonly<Record<string, Text | Readonly<Record<string, Text>>>>

/** The three results: word, and what it means. */
export const results: Readonly<Record<TotalIndication, { readonly word: Text; readonly meaning: Text }>> = {
  'TOTAL-PASSED': {
    word: ['pozytywny', 'passed'],
    meaning: [
      'Podpis jest nienaruszony, certyfikat zaufany, a warunki polityki walidacji są spełnione.',
      'The signature is intact, its certificate trusted, and the conditions of the validation policy are met.'
    ]
  },
  INDETERMINATE: {
    word: ['nieustalony', 'indeterminate'],
    meaning: [
      'Na podstawie dostępnych informacji nie da się powiedzieć, czy podpis jest ważny, czy nieważny.',
      'With the information at hand nobody can say whether the signature is valid or not.'
    ]
  },
  'TOTAL-FAILED': {
    word: ['negatywny', 'failed'],
    meaning: [
      'Podpis jest na pewno wadliwy. Nie należy na nim polegać.',
      'The signature is certainly defective. Do not rely on it.'
    ]
  }
}

export const levels: Readonly<Record<SealLevel, Text>> = {
  'B-B': ['podpis bez dowodu czasu', 'a signature without proof of time'],
  'B-T': ['ze znacznikiem czasu', 'with a time stamp'],
  'B-LT': ['ze znacznikiem czasu i materiałem do walidacji', 'with a time stamp and validation material'],
  'B-LTA': [
    'ze znacznikiem czasu, materiałem do walidacji i archiwalnym znacznikiem czasu',
    'with a time stamp, validation material and an archive time stamp'
  ]
}

export const scopeKinds: Readonly<Record<SignedScope['kind'], Text>> = {
  'whole-file': ['cały plik', 'whole file'],
  'pdf-revision': ['wersja pliku PDF', 'revision of a PDF'],
  'xml-node': ['fragment XML', 'part of an XML document'],
  manifest: ['wykaz plików', 'list of files']
}

export const changeKinds: Readonly<Record<LaterChange['kind'], Text>> = {
  signature: ['dodano podpis lub pieczęć', 'a signature or seal was added'],
  'document-time-stamp': ['dodano znacznik czasu', 'a time stamp was added'],
  'validation-material': ['dodano materiał do walidacji', 'validation material was added'],
  'form-filling': ['wypełniono formularz', 'a form was filled in'],
  annotation: ['dodano lub zmieniono adnotację', 'an annotation was added or changed'],
  other: ['inna zmiana', 'another change']
}

export const timestampKinds: Readonly<Record<TimestampReport['kind'], Text>> = {
  content: ['nad treścią, przed podpisaniem', 'over the content, before signing'],
  signature: ['nad podpisem', 'over the signature'],
  'validation-data': ['nad materiałem do walidacji', 'over validation data'],
  archive: ['archiwalny', 'for the archive'],
  document: ['nad całym dokumentem', 'over the whole document']
}

export const revocationKinds: Readonly<Record<RevocationReport['kind'], Text>> = {
  ocsp: ['odpowiedź OCSP', 'OCSP response'],
  crl: ['lista CRL', 'CRL']
}

export const origins: Readonly<Record<RevocationReport['origin'], Text>> = {
  embedded: ['z pliku', 'from the file'],
  online: ['pobrana z sieci', 'fetched online'],
  cache: ['pobrana wcześniej', 'fetched before']
}

export const statuses: Readonly<Record<RevocationReport['status'], Text>> = {
  good: ['nie unieważniono', 'not revoked'],
  revoked: ['UNIEWAŻNIONY', 'REVOKED'],
  'on-hold': ['ZAWIESZONY', 'ON HOLD']
}

/** Names of the facts that belong to reasons. */
export const factNames: Readonly<Record<string, Text>> = {
  certificate: ['certyfikat (SHA-256)', 'certificate (SHA-256)'],
  revokedAt: ['unieważniono', 'revoked at'],
  reason: ['powód', 'reason'],
  notBefore: ['ważny od', 'valid from'],
  notAfter: ['ważny do', 'valid until'],
  time: ['czas', 'time'],
  until: ['do', 'until'],
  since: ['od', 'since'],
  tryAfter: ['spróbować po', 'try after'],
  thisUpdate: ['stan na', 'as of'],
  nextUpdate: ['następna informacja do', 'next information due by'],
  revisions: ['wersje pliku', 'revisions'],
  faults: ['odstępstwa', 'faults'],
  parts: ['liczba części', 'number of parts'],
  id: ['oznaczenie', 'identifier'],
  subIndication: ['wynik szczegółowy', 'sub-indication'],
  algorithm: ['algorytm', 'algorithm'],
  why: ['szczegół techniczny', 'technical detail']
}
