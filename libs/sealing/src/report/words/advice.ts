import type { FailedBecause, IndeterminateBecause } from '../../validation/indication.js'
import type { Text } from './report-words.js'

const askSender: Text = [
  'Nie przyjmować dokumentu jako podpisanego. Poprosić nadawcę o ponowne podpisanie i przesłanie.',
  'Do not accept the document as signed. Ask the sender to sign and send it again.'
]
const needsTime: Text = [
  'Potrzebny jest dowód, że podpis istniał wcześniej: znacznik czasu albo archiwum, które przechowuje dokument od dawna. Bez niego poprosić nadawcę o ponowne podpisanie.',
  'A proof is needed that the signature existed earlier: a time stamp, or an archive that has kept the document for long. Without one ask the sender to sign again.'
]
const needsTrust: Text = [
  'Sprawdzić, czy wystawca certyfikatu jest na zaufanej liście. Jeśli tak, uzupełnić kotwice zaufania i powtórzyć walidację; jeśli nie, nie polegać na danych podpisującego.',
  'Check whether the issuer of the certificate is on the trusted list. If so, add the trust anchors and validate again; if not, do not rely on what is said of the signer.'
]
const needsMaterial: Text = [
  'Powtórzyć walidację z dostępem do sieci albo później, gdy urząd wyda nową informację o unieważnieniach.',
  'Validate again with access to the network, or later when the authority has issued new information about revocation.'
]
const needsRules: Text = [
  'Certyfikatu użyto wbrew jego ograniczeniom. Poprosić nadawcę o podpis złożony właściwym certyfikatem.',
  'The certificate was used against its limits. Ask the sender for a signature made with a proper certificate.'
]
const needsAlgorithm: Text = [
  'Algorytm nie daje już pewności. Potrzebny jest znacznik czasu z okresu, gdy był bezpieczny, albo ponowne podpisanie.',
  'The algorithm gives no certainty any more. A time stamp from when it was secure is needed, or a new signature.'
]

/** What a person can do about a result (in the words of EN 319 102-1, table 5: about its sub-indication). */
export const advice: Readonly<Record<FailedBecause | IndeterminateBecause, Text>> = {
  FORMAT_FAILURE: askSender,
  HASH_FAILURE: [
    'Treść nie jest tą, którą podpisano. Nie przyjmować dokumentu; pobrać go ponownie od nadawcy i wyjaśnić, gdzie się zmienił.',
    'The content is not what was signed. Do not accept the document; get it from the sender again and find out where it changed.'
  ],
  SIG_CRYPTO_FAILURE: askSender,
  REVOKED: [
    'Podpis złożono unieważnionym certyfikatem. Nie przyjmować dokumentu; powiadomić organizację wskazaną w certyfikacie.',
    'The signature was made with a revoked certificate. Do not accept the document; tell the organisation that the certificate names.'
  ],
  EXPIRED: askSender,
  NOT_YET_VALID: askSender,
  SIG_CONSTRAINTS_FAILURE: [
    'Podpis nie spełnia warunków polityki walidacji. Przeczytać powód powyżej; jeśli dokument zmieniono po podpisaniu, poprosić o wersję podpisaną.',
    'The signature does not meet the conditions of the validation policy. Read the reason above; if the document was changed after signing, ask for the version that was signed.'
  ],
  CHAIN_CONSTRAINTS_FAILURE: needsRules,
  CERTIFICATE_CHAIN_GENERAL_FAILURE: needsMaterial,
  CRYPTO_CONSTRAINTS_FAILURE: needsAlgorithm,
  POLICY_PROCESSING_ERROR: [
    'Nie udało się zastosować polityki podpisu. Zwrócić się do administratora systemu.',
    'The signature policy could not be applied. Ask the administrator of this system.'
  ],
  SIGNATURE_POLICY_NOT_AVAILABLE: [
    'Brakuje polityki podpisu, na którą powołał się podpisujący. Uzyskać ją i powtórzyć walidację.',
    'The signature policy that the signer names is missing. Get it and validate again.'
  ],
  TIMESTAMP_ORDER_FAILURE: [
    'Czasy znaczników sobie przeczą. Poprosić nadawcę o wyjaśnienie lub ponowne podpisanie.',
    'The times of the time stamps contradict each other. Ask the sender for an explanation or a new signature.'
  ],
  NO_SIGNING_CERTIFICATE_FOUND: [
    'W pliku nie ma certyfikatu podpisującego. Uzyskać go od nadawcy i powtórzyć walidację.',
    'The signing certificate is not in the file. Get it from the sender and validate again.'
  ],
  NO_CERTIFICATE_CHAIN_FOUND: needsTrust,
  REVOKED_NO_POE: [
    'Certyfikat unieważniono i nic nie dowodzi, że podpis powstał wcześniej. Potrzebny jest znacznik czasu sprzed unieważnienia; bez niego nie polegać na podpisie.',
    'The certificate was revoked and nothing proves that the signature is older. A time stamp from before the revocation is needed; without one do not rely on the signature.'
  ],
  REVOKED_CA_NO_POE: [
    'Unieważniono certyfikat urzędu. Potrzebny jest znacznik czasu sprzed unieważnienia; bez niego nie polegać na podpisie.',
    'The certificate of an authority was revoked. A time stamp from before the revocation is needed; without one do not rely on the signature.'
  ],
  OUT_OF_BOUNDS_NO_POE: needsTime,
  OUT_OF_BOUNDS_NOT_REVOKED: needsTime,
  REVOCATION_OUT_OF_BOUNDS_NO_POE: needsTime,
  CRYPTO_CONSTRAINTS_FAILURE_NO_POE: needsAlgorithm,
  NO_POE: needsTime,
  TRY_LATER: needsMaterial,
  SIGNED_DATA_NOT_FOUND: [
    'Brakuje podpisanych plików. Podać je obok podpisu i powtórzyć walidację.',
    'The signed files are missing. Give them beside the signature and validate again.'
  ]
}
