import { DerError, type DerNode, readDer, Tag } from '../der-reader.js'
import { distinct } from '../distinct.js'
import type { Material } from '../material.js'
import { Oid } from '../oids.js'
import type { CmsSigner, UnsignedValue } from './cms-signer.js'
import { type Cms, readCms, wholeOcspResponse } from './read-cms.js'

/** Material gathered so far. */
interface Gathered {
  readonly certificates: Buffer[]
  readonly ocspResponses: Buffer[]
  readonly crls: Buffer[]
}

/** Unsigned attributes whose values are time-stamp tokens (EN 319 122-1, 5.3, 5.5, A.1). */
export const tokenAttributes: ReadonlySet<string> = new Set([
  Oid.signatureTimeStamp,
  Oid.escTimeStamp,
  Oid.certsCrlsTimeStamp,
  Oid.archiveTimeStampV2,
  Oid.archiveTimeStampV3
])

const tokens = new WeakMap<Buffer, { readonly cms?: Cms }>()

/** The CMS of a time-stamp token; undefined when it cannot be read. Each token is read once. */
export function tokenOf(raw: Buffer): Cms | undefined {
  let read = tokens.get(raw)
  if (!read) tokens.set(raw, (read = { cms: tryRead(raw) }))
  return read.cms
}

function tryRead(raw: Buffer): Cms | undefined {
  try {
    return readCms(raw)
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}

/** Material that stands in a signature: in SignedData, in the attributes of the old long forms, and inside its tokens. */
export function readSignerMaterial(cms: Cms, signer: CmsSigner): Material {
  return gather(cms, signer.unsigned)
}

/** Material of SignedData (or of some of it) and of values of unsigned attributes, without repetition. */
export function gather(inside: Material, values: readonly UnsignedValue[]): Material {
  const found: Gathered = {
    certificates: [...inside.certificates],
    ocspResponses: [...inside.ocspResponses],
    crls: [...inside.crls]
  }
  for (const value of values) gatherFrom(value, found)
  return {
    certificates: distinct(found.certificates),
    ocspResponses: distinct(found.ocspResponses),
    crls: distinct(found.crls)
  }
}

function gatherFrom({ type, raw, der }: UnsignedValue, into: Gathered): void {
  try {
    if (type === Oid.certificateValues) {
      for (const one of fewIn(readDer(der).expect(Tag.sequence))) into.certificates.push(one.raw)
    } else if (type === Oid.revocationValues) {
      // RFC 5126, 6.3.4: explicit [0] CRLs, [1] BasicOCSPResponses, [2] others.
      for (const field of readDer(der).expect(Tag.sequence).children()) {
        for (const one of fewIn(field.children()[0])) {
          if (field.tag === Tag.context0) into.crls.push(one.raw)
          if (field.tag === Tag.context1) into.ocspResponses.push(wholeOcspResponse(one.raw))
        }
      }
    }
  } catch (error) {
    // What cannot be read is no material; whether the signature holds is not decided by it.
    if (!(error instanceof DerError)) throw error
  }
  const token = tokenAttributes.has(type) ? tokenOf(raw) : undefined
  if (!token) return
  into.certificates.push(...token.certificates)
  into.ocspResponses.push(...token.ocspResponses)
  into.crls.push(...token.crls)
}

/** Lists longer than this are an attack: each value is hashed, parsed and compared. */
const mostValues = 5000

/** The members of a list. @throws DerError when there are too many */
export function fewIn(list: DerNode | undefined): readonly DerNode[] {
  const values = list?.children() ?? []
  if (values.length > mostValues) throw new DerError('too many values')
  return values
}
