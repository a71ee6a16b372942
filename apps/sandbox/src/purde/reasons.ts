import type { EvidenceReason } from '../evidence/evidence-facts.js'

/**
 * Reasons by the key that a planned step names. The codes for relay are published (ETSI EN 319 522-3); those for
 * submission, consignment and handover are our hypothesis in the same manner. Readers must keep unknown codes as they are.
 */
const reasons: Record<string, EvidenceReason> = {
  accepted: {
    code: 'S_ERDS_MessageAccepted',
    polish: 'Przesyłka przyjęta do nadania',
    english: 'The message was accepted for sending'
  },
  rejected: {
    code: 'R_ERDS_MessageRejectedForMalware',
    polish: 'Przesyłka odrzucona: w załączniku wykryto złośliwe oprogramowanie',
    english: 'The message was rejected because malware was found in an attachment'
  },
  relayed: {
    code: 'S_ERDS_MessageSuccessfullyRelayed',
    polish: 'Dostawca adresata przejął przesyłkę',
    english: 'The provider of the recipient took the message over'
  },
  'relay-rejected': {
    code: 'R_ERDS_MessageRejected',
    polish: 'Dostawca adresata odmówił przejęcia przesyłki',
    english: 'The provider of the recipient refused the message'
  },
  'made-available': {
    code: 'R_ERDS_ContentAvailable',
    polish: 'Przesyłka czeka na odbiór w skrzynce adresata',
    english: 'The message is available in the mailbox of the recipient'
  },
  notified: {
    code: 'R_ERDS_RecipientNotified',
    polish: 'Adresat został powiadomiony o przesyłce',
    english: 'The recipient was notified of the message'
  },
  'handed-over': {
    code: 'R_ERDS_ContentHandedOver',
    polish: 'Przesyłka przekazana adresatowi lub osobie przez niego upoważnionej',
    english: 'The message was handed over to the recipient or to a delegate'
  }
}

/** @throws Error when a plan names a reason that does not exist */
export function reasonFor(key: string | undefined): EvidenceReason | undefined {
  if (key === undefined) return undefined
  const reason = reasons[key]
  if (!reason) throw new Error(`no reason is called ${key}`)
  return reason
}
