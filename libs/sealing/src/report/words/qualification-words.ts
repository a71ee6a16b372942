import type { Qualification, QualificationReason } from '../../trusted-list/qualification.js'
import type { Text } from './report-words.js'

/** What a signature, seal or time stamp is in law, as far as trusted lists tell (eIDAS art. 3(12), 3(27), 36, 42). */
export const qualifications: Readonly<Record<Qualification['result'], Text>> = {
  'qualified-seal': ['kwalifikowana pieczęć elektroniczna', 'qualified electronic seal'],
  'qualified-signature': ['kwalifikowany podpis elektroniczny', 'qualified electronic signature'],
  'advanced-seal-with-qualified-certificate': [
    'zaawansowana pieczęć elektroniczna z kwalifikowanym certyfikatem (nie jest to pieczęć kwalifikowana)',
    'advanced electronic seal with a qualified certificate (this is not a qualified seal)'
  ],
  'advanced-signature-with-qualified-certificate': [
    'zaawansowany podpis elektroniczny z kwalifikowanym certyfikatem (nie jest to podpis kwalifikowany)',
    'advanced electronic signature with a qualified certificate (this is not a qualified signature)'
  ],
  'qualified-time-stamp': ['kwalifikowany elektroniczny znacznik czasu', 'qualified electronic time stamp'],
  'not-qualified': [
    'NIE JEST kwalifikowany(-a); może być co najwyżej zaawansowany(-a)',
    'NOT qualified; at most advanced'
  ],
  indeterminate: ['nieustalona', 'indeterminate']
}

/** The same for time stamps, which know no "advanced". */
export const timestampNotQualified: Text = ['NIE JEST kwalifikowany', 'NOT qualified']

export const qualificationUnknown: Text = [
  'nie rozstrzygnięto: nie użyto zaufanej listy albo certyfikat nie prowadzi do zaufanego urzędu',
  'not decided: no trusted list was used, or the certificate does not lead to a trusted authority'
]

export const qualificationReasons: Readonly<Record<QualificationReason, Text>> = {
  'no-listed-service': [
    'wystawcy certyfikatu nie ma na użytych zaufanych listach jako dostawcy usługi kwalifikowanej',
    'the issuer of the certificate is not on the trusted lists used as a provider of a qualified service'
  ],
  'not-granted-at-issuance': [
    'usługa nie miała statusu kwalifikowanej, gdy wydano certyfikat',
    'the service was not granted when the certificate was issued'
  ],
  'not-granted-at-signing': [
    'usługa nie miała statusu kwalifikowanej w udowodnionym czasie użycia',
    'the service was not granted at the proven time of use'
  ],
  'not-a-qualified-certificate': ['certyfikat nie jest kwalifikowany', 'the certificate is not a qualified one'],
  'not-for-seals-or-signatures': [
    'certyfikat nie jest przeznaczony do pieczęci ani podpisów',
    'the certificate is not meant for seals or signatures'
  ],
  'service-not-for-this-type': [
    'usługa nie obejmuje certyfikatów tego rodzaju',
    'the service is not for certificates of this type'
  ],
  'lists-contradict': ['wpisy zaufanych list są sprzeczne', 'entries of the trusted lists contradict each other'],
  'no-qualified-device': [
    'klucz nie jest w kwalifikowanym urządzeniu do składania podpisu lub pieczęci',
    'the key is not in a qualified signature or seal creation device'
  ],
  'list-expired': ['zaufana lista jest przeterminowana', 'the trusted list is out of date'],
  'certificate-unreadable': ['certyfikat jest nieczytelny', 'the certificate cannot be read'],
  'not-validated': ['walidacja nie zakończyła się wynikiem pozytywnym', 'the validation did not pass']
}
