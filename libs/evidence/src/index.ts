export { checkEvidence, type BindingFault, type EvidenceReport, type ExpectedEvidence } from './check-evidence.js'
export type { SentPart } from './check-parts.js'
export { evidenceProblems, problemOf } from './evidence.errors.js'
export { deliveryExpected, matchReading, type DeliveryExpectation } from './legal-clock.js'
export {
  normaliseEvidenceType,
  type ErdsFacts,
  type EventReason,
  type EvidenceFacts,
  type EvidenceKind,
  type EvidencePart,
  type ProofFacts
} from './read/evidence-facts.js'
export { readEvidence } from './read/read-evidence.js'
export type { Pem } from './xml/certificate-chain.js'
export type { Check, Indication, SubIndication } from './xml/report.js'
export { verifyXades, type Trust, type XadesReport } from './xml/verify-xades.js'
export { CollectEvidence, paceFor, type CollectionPace } from './collect-evidence.js'
export { evidenceConfig, type EvidenceConfig } from './evidence.config.js'
export { EvidenceModule } from './evidence.module.js'
