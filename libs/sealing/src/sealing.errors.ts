import { declareProblems } from '#platform'

/** What can go wrong while a seal is made. Codes are stable: clients and operators branch on them. */
export const sealingProblems = declareProblems('sealing', {
  'pdf-not-a-pdf': {
    status: 422,
    pl: 'Plik jest pusty albo nie jest dokumentem PDF.',
    en: 'The file is empty or is not a PDF document.'
  },
  'pdf-broken': {
    status: 422,
    pl: 'Budowa dokumentu PDF jest uszkodzona: nie da się do niego dopisać pieczęci bez naruszenia treści.',
    en: 'The structure of the PDF document is broken: a seal cannot be appended without touching its content.'
  },
  'pdf-unsupported': {
    status: 422,
    pl: 'Dokument PDF używa budowy, której Goniec nie obsługuje przy pieczętowaniu.',
    en: 'The PDF document uses a structure that Goniec does not support when sealing.'
  },
  'pdf-too-complex': {
    status: 422,
    pl: 'Dokument PDF przekracza granice złożoności przyjęte przy pieczętowaniu.',
    en: 'The PDF document exceeds the limits of complexity set for sealing.'
  },
  'pdf-encrypted': {
    status: 422,
    pl: 'Dokument PDF jest zaszyfrowany. Usuń hasło i złóż dokument ponownie.',
    en: 'The PDF document is encrypted. Remove the password and submit it again.'
  },
  'pdf-changes-forbidden': {
    status: 422,
    pl: 'Wcześniejszy podpis lub pieczęć w dokumencie PDF zabrania dalszych zmian, więc nie można dodać pieczęci.',
    en: 'An earlier signature or seal in the PDF document forbids further changes, so no seal can be added.'
  },
  'pkcs12-unreadable': {
    status: 500,
    pl: 'Plik PKCS#12 z kluczem pieczęci jest nieczytelny albo uszkodzony.',
    en: 'The PKCS#12 file with the seal key is unreadable or damaged.'
  },
  'pkcs12-wrong-password': {
    status: 500,
    pl: 'Hasło do pliku PKCS#12 z kluczem pieczęci jest błędne.',
    en: 'The password of the PKCS#12 file with the seal key is wrong.'
  },
  'pkcs12-unsupported': {
    status: 500,
    pl: 'Plik PKCS#12 używa nieobsługiwanego szyfru lub rodzaju klucza. Zapisz go ponownie z szyfrem AES-256.',
    en: 'The PKCS#12 file uses an unsupported cipher or kind of key. Export it again with AES-256.'
  },
  'pkcs12-no-key': {
    status: 500,
    pl: 'W pliku PKCS#12 nie ma klucza prywatnego z pasującym certyfikatem.',
    en: 'The PKCS#12 file holds no private key with a matching certificate.'
  },
  'pkcs12-several-keys': {
    status: 500,
    pl: 'W pliku PKCS#12 jest kilka kluczy i nie wiadomo, którym pieczętować.',
    en: 'The PKCS#12 file holds several keys and it is not clear which one is to seal.'
  },
  'certificate-not-valid': {
    status: 500,
    pl: 'Certyfikat pieczęci nie jest jeszcze ważny albo utracił ważność.',
    en: 'The seal certificate is not yet valid or has expired.'
  },
  'certificate-unfit': {
    status: 500,
    pl: 'Certyfikat nie nadaje się do pieczętowania (rodzaj lub długość klucza albo jego dozwolone użycie).',
    en: 'The certificate is unfit for sealing (kind or length of the key, or its permitted use).'
  },
  'key-answer-wrong': {
    status: 502,
    pl: 'Klucz pieczęci zwrócił podpis, który nie zgadza się z certyfikatem. Pieczęć nie powstała.',
    en: 'The seal key returned a signature that does not match the certificate. No seal was made.'
  },
  'timestamp-not-configured': {
    status: 500,
    pl: 'Poziom B-T wymaga znacznika czasu, a nie skonfigurowano urzędu znacznika czasu.',
    en: 'Level B-T needs a time stamp and no time-stamp authority is configured.'
  },
  'timestamp-unavailable': {
    status: 503,
    pl: 'Urząd znacznika czasu nie odpowiada. Pieczętowanie zostanie ponowione.',
    en: 'The time-stamp authority does not answer. Sealing will be tried again.'
  },
  'timestamp-refused': {
    status: 502,
    pl: 'Urząd znacznika czasu odmówił wydania znacznika.',
    en: 'The time-stamp authority refused to issue a time stamp.'
  },
  'timestamp-wrong': {
    status: 502,
    pl: 'Urząd znacznika czasu wydał znacznik, który nie przeszedł sprawdzenia.',
    en: 'The time-stamp authority issued a time stamp that did not pass verification.'
  }
})
