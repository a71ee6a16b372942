import { context, der, enumerated, integer, octetString, oid, sequence, time } from './der.js'
import type { CertificateAuthority } from './pki.js'
import { ecdsaWithSha256, keyHash, signatureOver, subjectOf } from './signed-by-authority.js'
import { revocationReasons, type Revocations } from './revocations.js'

const day = 86_400_000

/** How long a list is good, in milliseconds. */
const life = 7 * day

/**
 * The list of an authority's revoked certificates (CertificateList v2, RFC 5280 5), made afresh for every caller.
 *
 * @param at the world's time, or an earlier one for a list that is out of date
 */
export function revocationList(authority: CertificateAuthority, revocations: Revocations, at: Date): Buffer {
  const revoked = [...authority.issued].flatMap(([serial, name]) => {
    const revocation = revocations.of(name)
    if (!revocation || Date.parse(revocation.at) > at.getTime()) return []
    const reason = revocationReasons[revocation.reason]
    // RFC 5280 5.3.1: instead of "unspecified" the reason is left out.
    const extensions = reason === 0 ? [] : [sequence(extension('2.5.29.21', enumerated(reason)))]
    return [sequence(integer(Buffer.from(serial, 'hex')), time(new Date(revocation.at)), ...extensions)]
  })
  const toBeSigned = sequence(
    integer(1),
    ecdsaWithSha256,
    subjectOf(authority.certificate),
    time(at),
    time(new Date(at.getTime() + life)),
    ...(revoked.length > 0 ? [sequence(...revoked)] : []),
    context(
      0,
      sequence(
        extension('2.5.29.35', sequence(der(0x80, keyHash(authority.certificate)))),
        // CRLNumber: the second in which it was made, which grows as it must.
        extension('2.5.29.20', integer(Math.floor(at.getTime() / 1000)))
      )
    )
  )
  return sequence(toBeSigned, ...signatureOver(toBeSigned, authority.key))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), octetString(value))
}
