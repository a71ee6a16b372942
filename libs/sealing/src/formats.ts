import { Refused } from '#platform/plain'
import { prepareAsic } from './asic/prepare-asic.js'
import { raiseAsic } from './asic/raise-asic.js'
import { readAsicSignatures } from './asic/read-asic.js'
import { prepareCades } from './cms/prepare-cades.js'
import { raiseCades } from './cms/raise-cades.js'
import { readCadesSignatures } from './cms/read-cades.js'
import type { FileContext } from './document.js'
import type { PrepareSeal } from './draft.js'
import { preparePades } from './pades/prepare-pades.js'
import { raisePades } from './pades/raise-pades.js'
import { readPadesSignatures } from './pades/read-pades.js'
import type { RaiseLevel } from './raise-tools.js'
import { sealingProblems } from './sealing.errors.js'
import type { SealFormat } from './seal-format.js'
import type { RandomAccessSource } from './source.js'
import type { ReadSignatures } from './validation/read-signature.js'
import { prepareXades } from './xades/prepare-xades.js'
import { raiseXades } from './xades/raise-xades.js'
import { readXadesSignatures } from './xades/read-xades.js'

/** A standard, and what Goniec can do by it. */
export interface FormatFamily {
  readonly prepare: PrepareSeal
  readonly raise: RaiseLevel
  /**
   * Finds the signatures in a file. A file that cannot be read is one signature that FAILED with FORMAT_FAILURE.
   * @throws Refused where nothing can be said of it: an encrypted PDF (`sealing/pdf-password-needed`), a document signed in a
   * way that is not read (`sealing/office-signature-unread`), far more work than honest files cause
   */
  readonly read: (file: RandomAccessSource, context: FileContext) => ReadSignatures
}

/** All of them. A new format is one folder and one line. */
export const families = {
  PAdES: { prepare: preparePades, raise: raisePades, read: readPadesSignatures },
  XAdES: {
    prepare: prepareXades,
    raise: raiseXades,
    read: (file, { originals }) => readXadesSignatures(file, originals)
  },
  CAdES: {
    prepare: prepareCades,
    raise: raiseCades,
    read: (file, { originals }) => readCadesSignatures(file, originals)
  },
  ASiC: { prepare: prepareAsic, raise: raiseAsic, read: readAsicSignatures }
} as const satisfies Record<string, FormatFamily>

/** One of `families`. */
export type FamilyName = keyof typeof families

/** The family that a format belongs to. */
export const familyOf = (format: SealFormat): FormatFamily => families[format.split('-')[0] as FamilyName]

/**
 * What kind of signed file this is, by its first bytes.
 * @throws Refused `sealing/file-kind-unknown`
 */
export function recognise(file: RandomAccessSource): FamilyName {
  const start = file.read(0, 1024)
  if (start.indexOf('%PDF-') >= 0) return 'PAdES'
  if (start.toString('latin1', 0, 2) === 'PK') return 'ASiC'
  if (start[0] === 0x30 || start.toString('latin1').startsWith('-----BEGIN')) return 'CAdES'
  // UTF-8 and UTF-16 with or without mark; XML begins with white space at most
  if (/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*</.test(start.toString('latin1'))) return 'XAdES'
  throw new Refused(sealingProblems['file-kind-unknown'])
}
