/** Namespaces and URIs of XML signatures (XMLDSig 1.1, RFC 9231) and XAdES (EN 319 132-1). */
export const DS = 'http://www.w3.org/2000/09/xmldsig#'
export const XADES = 'http://uri.etsi.org/01903/v1.3.2#'
export const XADES_141 = 'http://uri.etsi.org/01903/v1.4.1#'
/** Versions of XAdES from before 2006; read, never written. */
export const XADES_OLD = ['http://uri.etsi.org/01903/v1.1.1#', 'http://uri.etsi.org/01903/v1.2.2#']
export const SIGNED_PROPERTIES_TYPE = 'http://uri.etsi.org/01903#SignedProperties'
export const COUNTERSIGNED_TYPE = 'http://uri.etsi.org/01903#CountersignedSignature'

export const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const ENVELOPED = `${DS}enveloped-signature`
export const BASE64 = `${DS}base64`
export const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116'
export const XPATH_FILTER_2 = 'http://www.w3.org/2002/06/xmldsig-filter2'
