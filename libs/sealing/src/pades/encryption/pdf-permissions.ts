import { Refused } from '#platform/plain'
import { sealingProblems } from '../../sealing.errors.js'

/** What a seal may need: to sign a field that is there, or to make one. */
export type PdfAction = 'fill-field' | 'create-field'

const [modify, annotate, fill] = [1 << 3, 1 << 5, 1 << 8] as const

/** User access permissions of an encrypted file (ISO 32000-1, table 22). They bind whoever has not opened it as its owner. */
export class PdfPermissions {
  constructor(
    /** /P as a signed 32-bit number; bit 1 is the lowest. */
    readonly bits: number,
    /** Revision of the security handler: bit 9 has a meaning from revision 3 on. */
    readonly revision: number,
    /** Whether the owner's password was given. */
    readonly owner: boolean
  ) {}

  /**
   * Signature fields are signed by bit 6, or by bit 9 even if bit 6 is clear; new ones are made by bit 6 if bit 4 is set
   * as well.
   */
  permits(action: PdfAction): boolean {
    if (this.owner) return true
    if (action === 'create-field') return (this.bits & annotate) !== 0 && (this.bits & modify) !== 0
    return (this.bits & annotate) !== 0 || (this.revision >= 3 && (this.bits & fill) !== 0)
  }

  /** @throws Refused `sealing/pdf-permission-missing` when the action is not permitted */
  demand(action: PdfAction): void {
    if (!this.permits(action)) throw new Refused(sealingProblems['pdf-permission-missing'], { action })
  }
}
