import type { CertificateWarning } from '#sealing/plain'
import type { Language } from './language.js'
import type { KeyNotice } from './list-keys.js'
import { problemLines } from './told-problem.js'

type Said = Readonly<Record<Language, string>>

const kinds: Readonly<Record<KeyNotice['kind'], Said>> = {
  pkcs12: { pl: 'plik PKCS#12', en: 'PKCS#12 file' },
  pkcs11: { pl: 'urządzenie PKCS#11', en: 'PKCS#11 device' },
  csc: { pl: 'usługa zdalna (CSC)', en: 'remote service (CSC)' }
}

const qualifications = {
  'qualified-seal': {
    pl: 'pieczęć kwalifikowana, o ile usługa wystawcy jest na zaufanej liście',
    en: "qualified seal, provided that the issuer's service is on the trusted list"
  },
  'advanced-seal': { pl: 'pieczęć zaawansowana, nie kwalifikowana', en: 'advanced seal, not a qualified one' }
} as const satisfies Record<string, Said>

const warnings: Readonly<Record<CertificateWarning, Said>> = {
  'rsa-key-short': {
    pl: 'klucz RSA krótszy niż 3000 bitów nie jest już zalecany do nowych pieczęci (ETSI TS 119 312)',
    en: 'an RSA key below 3000 bits is no longer recommended for new seals (ETSI TS 119 312)'
  },
  'no-non-repudiation': {
    pl: 'certyfikat nie jest oznaczony jako przeznaczony do pieczęci (nonRepudiation)',
    en: 'the certificate is not marked as meant for seals (nonRepudiation)'
  },
  'no-organization-identifier': {
    pl: 'certyfikat nie ma identyfikatora organizacji',
    en: 'the certificate has no organisation identifier'
  },
  'not-a-qualified-seal-certificate': {
    pl: 'certyfikat nie deklaruje się jako kwalifikowany certyfikat pieczęci z kluczem w urządzeniu',
    en: 'the certificate does not declare itself a qualified seal certificate with its key in a device'
  },
  'qscd-claimed-but-key-in-software': {
    pl: 'certyfikat twierdzi, że klucz jest w urządzeniu kwalifikowanym, a klucz leży w pliku lub w zwykłym module',
    en: 'the certificate claims a qualified device, but the key is in a file or an ordinary module'
  },
  'qscd-claimed-but-not-declared': {
    pl: 'certyfikat twierdzi, że klucz jest w urządzeniu kwalifikowanym, a konfiguracja tego nie potwierdza (certifiedDevice)',
    en: 'the certificate claims a qualified device, but the configuration does not declare one (certifiedDevice)'
  }
}

const labels = {
  usable: { pl: 'gotowy', en: 'usable' },
  unusable: { pl: 'nie do użycia', en: 'unusable' },
  away: { pl: 'nie odpowiada', en: 'away' },
  holder: { pl: 'posiadacz', en: 'holder' },
  issuer: { pl: 'wystawca', en: 'issuer' },
  validity: { pl: 'ważność', en: 'validity' },
  days: { pl: 'dni do końca', en: 'days left' },
  key: { pl: 'klucz', en: 'key' },
  seal: { pl: 'daje', en: 'makes' },
  certificate: { pl: 'certyfikat', en: 'certificate' },
  facts: { pl: 'szczegóły', en: 'details' },
  warning: { pl: 'uwaga', en: 'warning' },
  soon: { pl: 'certyfikat wkrótce straci ważność', en: 'the certificate ends soon' }
} as const satisfies Record<string, Said>

/** A certificate takes weeks to renew: days before its end from which it is mentioned. */
const soonDays = 60

/** A key in a few lines for people. */
export function keyLines(notice: KeyNotice, language: Language): string[] {
  const { name, kind, status, certificate, facts = {}, daysLeft = 0, problem } = notice
  const word = (label: keyof typeof labels): string => labels[label][language]
  const lines = [`${name}: ${kinds[kind][language]}, ${word(status)}`]
  const entry = (label: keyof typeof labels, text: string): void => {
    lines.push(`  ${`${word(label)}:`.padEnd(12)} ${text}`)
  }
  if (problem) problemLines(problem, language).forEach(line => lines.push(`  ${line}`))
  if (!certificate) return lines
  const { subject, issuer, organizationIdentifier, notBefore, notAfter, keyType, keyBits } = certificate
  const day = (date: Date): string => date.toISOString().slice(0, 10)
  entry('holder', [subject.commonName, subject.organization, organizationIdentifier].filter(distinct).join(', '))
  entry('issuer', [issuer.commonName, issuer.organization].filter(distinct).join(', '))
  entry('validity', `${day(notBefore)} – ${day(notAfter)}, ${word('days')}: ${daysLeft}`)
  entry('key', `${keyType.toUpperCase()} ${keyBits}`)
  entry('seal', qualifications[certificate.qualification][language])
  entry('certificate', `SHA-256 ${certificate.sha256}`)
  const technical = Object.entries(facts).map(([fact, value]) => `${fact}: ${String(value)}`)
  if (technical.length > 0) entry('facts', technical.join(', '))
  if (daysLeft < soonDays) entry('warning', word('soon'))
  certificate.warnings.forEach(one => entry('warning', warnings[one][language]))
  return lines
}

const distinct = (one: string | undefined, at: number, all: readonly (string | undefined)[]): one is string =>
  one !== undefined && all.indexOf(one) === at
