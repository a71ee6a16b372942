import { type Certificate } from '../certificate/read-certificate.js'

/** Certificates from the issuer upwards, as far as `all` has them; the root, which verifiers must have anyway, left out. */
export function chainAbove(certificate: Certificate, all: readonly Certificate[]): Buffer[] {
  const chain: Buffer[] = []
  let last = certificate
  // Real chains have two to four certificates; a device full of look-alikes must not keep us busy.
  for (let steps = 0; steps < Math.min(all.length, 8); steps++) {
    const issuer = all.find(one => one.subjectDer.equals(last.issuerDer) && last.x509.verify(one.x509.publicKey))
    if (!issuer || issuer.subjectDer.equals(issuer.issuerDer)) break
    chain.push(issuer.der)
    last = issuer
  }
  return chain
}
