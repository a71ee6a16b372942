/** Where the holder of a certificate finds out about it; `ocsp` only where a responder answers for the issuer. */
export interface RevocationUrls {
  ocsp?: string
  crl: string
  /** The issuer's own certificate. */
  caIssuers: string
}

/** Path under which the authorities publish; their names are those of their files, for example `offices-issuing`. */
export const pkiPath = '/pki'

/**
 * The addresses that certificates of this issuer name (RFC 5280 4.2.1.13, 4.2.2.1).
 *
 * @param origin address of the sandbox, without a slash at the end
 * @param issuer `<authority>-root` or `<authority>-issuing`; roots have no OCSP responder, their CRL says it all
 */
export function revocationUrls(origin: string, issuer: string): RevocationUrls {
  const url = origin + pkiPath
  return {
    ...(issuer.endsWith('-root') ? {} : { ocsp: `${url}/ocsp/${issuer}` }),
    crl: `${url}/crl/${issuer}.crl`,
    caIssuers: `${url}/ca/${issuer}.crt`
  }
}
