// The engine without Nest and without a database: what the command line, worker threads and other programs use.
export { sealingProblems } from './sealing.errors.js'
export { isAboutDocument } from './about-document.js'
export { describeSealKey, type SealKey } from './seal-key.js'
export type { HashName, SealAlgorithm } from './seal-algorithm.js'
export {
  describeCertificate,
  type CertificateDescription,
  type CertificateWarning,
  type KeyCustody
} from './certificate/describe-certificate.js'
export { Pkcs12SealKey } from './keys/pkcs12.seal-key.js'
export type { Timestamp, TimestampAuthority } from './timestamp/timestamp-authority.js'
export { HttpTimestampAuthority, type HttpTimestampAuthorityOptions } from './timestamp/http.timestamp-authority.js'
export { imprintOf, verifyTimestampToken, type TimestampVerdict } from './timestamp/verify-timestamp-token.js'
export { readCertificatesFromPem } from './certificate/read-pem.js'
export {
  BufferSource,
  FileSource,
  hashSource,
  inPieces,
  JoinedSource,
  pieces,
  type RandomAccessSource,
  readAll,
  tailAfter
} from './source.js'
export { copyInMemory, IN_MEMORY, type LocalCopy, openLocalCopy } from './local-copy.js'
export { SealEngine, type SealOrder, type SealStyle } from './engine/seal-engine.js'
export { defaultFormatPolicy, formatFor, type FormatPolicy, isDetached } from './format-policy.js'
export type { Document, FileContext } from './document.js'
export { sealFormats, type SealFormat, sealLevels, type SealLevel } from './seal-format.js'
export type { Material, MaterialSource } from './material.js'
export { sealBatch, type SealBatchOptions, type SealedFile, type SealOutcome, type SealRequest } from './seal-batch.js'
export { LocalSealEngine, type EngineParts } from './engine/local-engine.js'
export { WorkerSealEngine, type WorkerEngineOptions } from './engine/worker-engine.js'
export { engineSettings, type EngineSettings, openEngine } from './engine/open-engine.js'
export { timestampSettingsIn } from './timestamp/timestamp-settings.js'
export { firstLineOf } from './first-line.js'
export { type KeyEntry, openSealKey, readKeyFile } from './keys/key-file.js'
export type { ValidationReport } from './validation/report.js'
export { TrustStore } from './certificate/trust-store.js'
export { OnlineMaterialSource } from './revocation/online-material-source.js'
export { FailoverTimestampAuthority } from './timestamp/failover.timestamp-authority.js'
export { buildAppearance, withPlacement } from './appearance/build-appearance.js'
export { sealDesign, type SealDesign, sealPlacement, type SealPlacement } from './appearance/seal-design.js'
export { Pkcs11SealKey } from './keys/pkcs11.seal-key.js'
export { RemoteSealKey } from './keys/remote.seal-key.js'
export { writeEtsiReport } from './report/write-etsi-report.js'
export { renderReport, reportStyleSha256 } from './report/render-report.js'
export { validate, type ValidationContext } from './validation/validate.js'
export { TrustedList } from './trusted-list/trusted-list.js'
