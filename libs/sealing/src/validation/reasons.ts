/** Why a verdict is what it is, for programs (code) and for people. */
export interface Reason {
  readonly code: ReasonCode
  readonly pl: string
  readonly en: string
  /** Times, digests and numbers that belong to it; never names of persons. */
  readonly facts?: Readonly<Record<string, string>>
}

const texts = {
  'form-broken': ['Podpis ma budowę niezgodną z normą.', 'The form of the signature breaks its standard.'],
  'not-intact': [
    'Podpisane dane lub wartość podpisu zostały zmienione albo do siebie nie pasują.',
    'The signed data or the signature value were changed or do not belong together.'
  ],
  'not-checkable': [
    'Nie da się sprawdzić nienaruszalności podpisu.',
    'Whether the signature is intact cannot be checked.'
  ],
  'signed-data-missing': ['Brakuje podpisanych danych.', 'The signed data are not at hand.'],
  'no-signing-certificate': [
    'Nie znaleziono certyfikatu, na który wskazuje podpis.',
    'The certificate that the signature names was not found.'
  ],
  'no-path': [
    'Certyfikat nie prowadzi do żadnego zaufanego urzędu.',
    'There is no path from the certificate to a trusted authority.'
  ],
  'path-breaks-rules': [
    'Ścieżka certyfikacji łamie ograniczenia nałożone przez urzędy.',
    'The certification path breaks constraints set by its authorities.'
  ],
  'key-usage': [
    'Certyfikat nie pozwala użyć klucza w ten sposób.',
    'The certificate does not permit the key to be used like this.'
  ],
  'extended-key-usage': [
    'Certyfikat nie jest przeznaczony do wystawiania znaczników czasu.',
    'The certificate is not meant for issuing time stamps.'
  ],
  revoked: ['Certyfikat został unieważniony.', 'The certificate was revoked.'],
  'authority-revoked': ['Certyfikat urzędu został unieważniony.', 'The certificate of an authority was revoked.'],
  'on-hold': ['Certyfikat jest zawieszony.', 'The certificate is on hold.'],
  expired: [
    'Certyfikat utracił ważność, a nie ma dowodu, że podpis powstał wcześniej.',
    'The certificate has expired and nothing proves that the signature is older.'
  ],
  'expired-before-signing': [
    'Podpis powstał po upływie ważności certyfikatu.',
    'The signature was made after the certificate had expired.'
  ],
  'not-yet-valid': [
    'Podpis istniał, zanim certyfikat stał się ważny.',
    'The signature existed before the certificate became valid.'
  ],
  'revoked-before-signing': [
    'Podpis powstał po unieważnieniu certyfikatu.',
    'The signature was made after the certificate had been revoked.'
  ],
  'authority-expired': ['Certyfikat urzędu utracił ważność.', 'The certificate of an authority has expired.'],
  'revocation-missing': [
    'Brakuje wiarygodnej informacji, czy certyfikat został unieważniony.',
    'There is no trustworthy information whether the certificate was revoked.'
  ],
  'revocation-stale': ['Informacja o unieważnieniach jest za stara.', 'The information about revocation is too old.'],
  'revocation-signer-expired': [
    'Certyfikat wystawcy informacji o unieważnieniach utracił ważność i nie ma dowodu, że wydano ją wcześniej.',
    'The certificate of who tells about revocation has expired and nothing proves that it was told before.'
  ],
  'algorithm-outdated': [
    'Użyto algorytmu lub długości klucza, które nie są już uznawane za bezpieczne.',
    'An algorithm or key length was used that is no longer considered secure.'
  ],
  'algorithm-unknown': [
    'Użyto algorytmu nieznanego lub nigdy niedopuszczonego.',
    'An algorithm was used that is unknown or was never acceptable.'
  ],
  'timestamp-order': [
    'Kolejność znaczników czasu jest niemożliwa.',
    'The times of the time stamps are in an impossible order.'
  ],
  'timestamp-late': [
    'Między deklarowanym czasem podpisania a znacznikiem czasu upłynęło zbyt wiele czasu.',
    'Too much time passed between the claimed signing time and the time stamp.'
  ],
  'changed-after-signing': [
    'Po podpisaniu zmieniono dokument w sposób, na który podpis nie pozwala.',
    'After signing the document was changed in a way that the signature does not permit.'
  ],
  'permitted-changes': [
    'Po podpisaniu dokument zmieniono w dozwolony sposób.',
    'After signing the document was changed in a permitted way.'
  ],
  'covers-part': ['Podpis nie obejmuje całości.', 'The signature does not cover everything.'],
  'not-baseline': [
    'Podpis nie spełnia wymagań poziomu bazowego AdES.',
    'The signature does not meet the AdES baseline requirements.'
  ],
  'timestamp-not-valid': [
    'Znacznik czasu nie przeszedł walidacji i nie został użyty.',
    'A time stamp did not pass validation and was not used.'
  ],
  'algorithm-ends-soon': [
    'Algorytm lub długość klucza wkrótce przestaną być uznawane za bezpieczne.',
    'The algorithm or key length will soon no longer be considered secure.'
  ],
  'not-for-nonrepudiation': [
    'Certyfikat nie jest oznaczony jako przeznaczony do podpisów i pieczęci.',
    'The certificate is not marked as meant for signatures and seals.'
  ],
  'timestamp-purpose-loose': [
    'Certyfikat urzędu znacznika czasu nie ogranicza użycia klucza tak, jak każe RFC 3161.',
    'The certificate of the time-stamp authority does not limit the use of its key as RFC 3161 demands.'
  ],
  'claimed-time-after-proof': [
    'Deklarowany czas podpisania jest późniejszy niż dowód istnienia podpisu.',
    'The claimed signing time is later than the proof that the signature existed.'
  ],
  'trusted-list-expired': ['Zaufana lista jest przeterminowana.', 'The trusted list is out of date.']
} as const

/** Stable codes: programs branch on them. */
export type ReasonCode = keyof typeof texts

/** A reason with its texts. */
export function reason(code: ReasonCode, facts?: Readonly<Record<string, string | undefined>>): Reason {
  const [pl, en] = texts[code]
  const known = Object.entries(facts ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { code, pl, en, ...(known.length > 0 ? { facts: Object.fromEntries(known) } : {}) }
}
