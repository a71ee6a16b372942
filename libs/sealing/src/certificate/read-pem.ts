import { X509Certificate } from 'node:crypto'

/** Certificates in PEM text, in their order, as DER; text between them is ignored. Throws Error when one cannot be read. */
export function readCertificatesFromPem(pem: string): Buffer[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map(block => new X509Certificate(block).raw)
}
