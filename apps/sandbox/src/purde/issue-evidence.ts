import { createHash } from 'node:crypto'
import { Injectable } from '@nestjs/common'
import type { ErdsKind, EvidenceIssuer, EvidencePart, EvidenceParty, ProofKind } from '../evidence/evidence-facts.js'
import { reasonDetails } from '../evidence/evidence-facts.js'
import type { UnsealedXml, XadesSealer } from '../evidence/seal-xades.js'
import { writeErdsEvidence } from '../evidence/write-erds-evidence.js'
import { type ProofService, writeProof } from '../evidence/write-proof.js'
import type { Scenario } from '../world/scenario.js'
import { scenarioOf } from '../world/scenarios.js'
import { WorldClock } from '../world/world-clock.js'
import { EvidenceSeals } from './evidence-seals.js'
import type { PlannedStep, StoredEvidence, StoredMessage } from './mailbox-state.js'
import { deriveId, PurdeStore } from './purde-store.js'
import { reasonFor } from './reasons.js'

/** Makes the evidence that a step of a message's plan asks for, seals it and keeps its bytes. */
@Injectable()
export class IssueEvidence {
  constructor(
    private readonly seals: EvidenceSeals,
    private readonly store: PurdeStore,
    private readonly clock: WorldClock
  ) {}

  /** @returns the record for the list; its identifier follows from message and step, so a repeat makes no second one */
  async execute(message: StoredMessage, step: PlannedStep, stepNumber: number): Promise<StoredEvidence> {
    const evidenceId = deriveId('evidence', message.messageId, String(stepNumber))
    const messageId =
      step.flaw === 'of-unknown-message' ? `PPSA-E-${deriveId('unknown', message.messageId)}` : message.messageId
    const reason = reasonFor(step.reason)
    return {
      evidenceId,
      mailbox: message.mailbox,
      messageId,
      kind: step.kind,
      eventTime: step.eventTime,
      createdAt: this.clock.now().toISOString(),
      ...(reason ? { reasonId: reason.code, reasonDetails: reasonDetails(reason) } : {}),
      ...(step.receivedAt ? { receivedAt: step.receivedAt } : {}),
      sha256: await this.bytesFor(message, step, evidenceId, messageId),
      from: message.content.from,
      to: message.content.to[0] ?? {},
      downloaded: false,
      ...(step.flaw ? { flaw: step.flaw } : {})
    }
  }

  private async bytesFor(
    message: StoredMessage,
    step: PlannedStep,
    evidenceId: string,
    messageId: string
  ): Promise<string> {
    if (step.flaw === 'same-bytes-again') {
      const first = this.store.evidencesOfMessage(message).find(evidence => evidence.kind === step.kind)
      if (first) return first.sha256
    }
    const recipient = known(message.recipient)
    const document =
      step.kind === 'BP.WX' || step.kind === 'BP.OX'
        ? this.proof(message, step, step.kind, evidenceId, recipient)
        : this.technical(message, step, step.kind, evidenceId, messageId, recipient)
    const sealer = step.flaw === 'sealed-by-stranger' ? this.seals.stranger : this.sealerFor(step, recipient)
    const bytes = await sealer.seal(document, this.clock.now(), `id-${evidenceId}`)
    return this.store.keepBytes('evidence', step.flaw === 'changed-after-sealing' ? tamperWith(bytes) : bytes)
  }

  private technical(
    message: StoredMessage,
    step: PlannedStep,
    kind: ErdsKind,
    evidenceId: string,
    messageId: string,
    recipient: Scenario
  ): UnsealedXml {
    const reason = reasonFor(step.reason)
    return writeErdsEvidence({
      evidenceId,
      kind,
      reasons: reason ? [reason] : [],
      eventTime: new Date(step.eventTime),
      issuer: issuerOf(this.sealerFor(step, recipient)),
      sender: partyOf(known(message.mailbox)),
      recipient: partyOf(recipient),
      submissionTime: new Date(message.takenAt),
      messageId,
      parts: partsOf(message)
    })
  }

  private proof(
    message: StoredMessage,
    step: PlannedStep,
    kind: ProofKind,
    proofId: string,
    recipient: Scenario
  ): UnsealedXml {
    const accepted = timeOf(message, 'A.1') ?? new Date(message.takenAt)
    const available = timeOf(message, 'D.1')
    return writeProof({
      proofId,
      kind,
      messageId: message.messageId,
      sender: partyOf(known(message.mailbox)),
      recipient: partyOf(recipient),
      submittedAt: new Date(message.takenAt),
      acceptedAt: accepted,
      ...(available && kind === 'BP.OX' ? { availableAt: available } : {}),
      ...(step.receivedAt ? { receivedAt: new Date(step.receivedAt) } : {}),
      parts: partsOf(message),
      senderService: serviceOf(this.seals.operator, accepted),
      recipientService: serviceOf(this.providerOf(recipient), kind === 'BP.OX' ? available : undefined)
    })
  }

  /** The sender's provider answers for submission and for both proofs, the recipient's one for everything else. */
  private sealerFor(step: PlannedStep, recipient: Scenario): XadesSealer {
    if (step.kind.startsWith('A.') || step.kind.startsWith('BP.') || step.kind === 'B.3') return this.seals.operator
    // A refusal of relay can only come from another provider, whatever the directory says about the address.
    return step.kind === 'B.2' ? this.seals.privateProvider : this.providerOf(recipient)
  }

  private providerOf(recipient: Scenario): XadesSealer {
    return recipient.designatedOperator ? this.seals.operator : this.seals.privateProvider
  }
}

function known(ade: string): Scenario {
  const scenario = scenarioOf(ade)
  if (!scenario) throw new Error('evidence is made only for addresses that the world knows')
  return scenario
}

/** When the genuine event of this kind happens in the message's plan. */
export function timeOf(message: StoredMessage, kind: PlannedStep['kind']): Date | undefined {
  const step = message.plan.find(candidate => candidate.kind === kind && candidate.flaw === undefined)
  return step && new Date(step.eventTime)
}

function partyOf({ ade, party }: Scenario): EvidenceParty {
  if (party.kind === 'person') {
    return { ade, party: { kind: 'natural-person', givenName: party.givenName, familyName: party.familyName } }
  }
  const nip = party.officialIds.find(official => official.referenceRegistry === 'nip')
  return {
    ade,
    party: { kind: 'entity', name: party.name, ...(nip ? { legalPersonIdentifier: `VATPL-${nip.id}` } : {}) }
  }
}

function issuerOf({ facts }: XadesSealer): EvidenceIssuer {
  return {
    name: facts.organization,
    legalPersonIdentifier: facts.organizationIdentifier,
    policyId: 'urn:oid:1.3.6.1.4.1.99999.1.522',
    serviceId: `${facts.organizationIdentifier}:e-delivery`
  }
}

function serviceOf(sealer: XadesSealer, sealedAt: Date | undefined): ProofService {
  return { issuer: issuerOf(sealer), certificate: sealer.facts, ...(sealedAt ? { sealedAt } : {}) }
}

/** The message text counts as the first part; its identifier is that of the message. */
function partsOf(message: StoredMessage): EvidencePart[] {
  const text = Buffer.from(message.content.textBody ?? '')
  const body: EvidencePart = {
    id: message.messageId,
    name: 'Treść wiadomości',
    contentType: 'text/plain',
    size: text.length,
    isMessageText: true,
    digest: { algorithm: 'sha256', value: createHash('sha256').update(text).digest() }
  }
  const attachments = message.attachments.map<EvidencePart>(attachment => ({
    id: attachment.attachmentId,
    name: attachment.filename,
    contentType: attachment.contentType,
    size: attachment.size,
    isMessageText: false,
    digest: { algorithm: 'sha256', value: Buffer.from(attachment.sha256, 'hex') }
  }))
  return [body, ...attachments]
}

/** One digit of the event time is another one: still well-formed, but not what was sealed. */
function tamperWith(bytes: Buffer): Buffer {
  const xml = bytes.toString('utf8')
  const changed = xml.replace(/(\d)(Z<\/EventTime>)/, (_, digit: string, rest: string) => `${9 - Number(digit)}${rest}`)
  return Buffer.from(changed, 'utf8')
}
