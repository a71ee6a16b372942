export { sealingConfig, type SealingConfig } from './sealing.config.js'
export { sealingProblems } from './sealing.errors.js'
export { describeSealKey, type SealKey } from './seal-key.js'
export type { SealAlgorithm } from './seal-algorithm.js'
export {
  describeCertificate,
  type CertificateDescription,
  type CertificateWarning,
  type KeyCustody
} from './certificate/describe-certificate.js'
export { Pkcs12SealKey } from './keys/pkcs12.seal-key.js'
export type { Timestamp, TimestampAuthority } from './timestamp/timestamp-authority.js'
export { HttpTimestampAuthority, type HttpTimestampAuthorityOptions } from './timestamp/http.timestamp-authority.js'
export { verifyTimestampToken, type TimestampVerdict } from './timestamp/verify-timestamp-token.js'
export { readCertificatesFromPem } from './certificate/read-pem.js'
export {
  sealBatch,
  type DocumentToSeal,
  type SealBatchOptions,
  type SealedFile,
  type SealLevel,
  type SealOutcome
} from './seal-batch.js'
export { inspectPdf } from './inspect-pdf.js'
export { SealLetter, type SealTools } from './seal-letter.js'
export { SealingModule } from './sealing.module.js'
