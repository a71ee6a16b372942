import { Refused } from '#platform/plain'
import { sealingProblems } from '../sealing.errors.js'
import { readCertificate } from './read-certificate.js'

/**
 * Before a time stamp is asked for, and of the time in it: a time after a certificate's end does not prove that the seal was
 * made before it, and no stamp is bought for that.
 * @param certificates of those who signed, DER
 * @throws Refused `sealing/certificate-not-valid`
 */
export function assertNotEnded(certificates: readonly (Buffer | undefined)[], at: Date): void {
  if (certificates.some(certificate => certificate && at > readCertificate(certificate).notAfter))
    throw new Refused(sealingProblems['certificate-not-valid'], { at: at.toISOString() })
}
