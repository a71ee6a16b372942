/** Cases in which EU DSS and we say different things of a file, and who is right by which standard. */
export interface AcceptedDifference {
  readonly dss: string
  readonly ours: string
  readonly because: string
  readonly cases: readonly string[]
  /** pyHanko does not pass these either. */
  readonly pyhankoAgrees?: boolean
}

const passed = 'TOTAL-PASSED'
const format = 'TOTAL-FAILED FORMAT_FAILURE'
const hash = 'TOTAL-FAILED HASH_FAILURE'
const crypto = 'TOTAL-FAILED SIG_CRYPTO_FAILURE'
const notFound = 'INDETERMINATE SIGNED_DATA_NOT_FOUND'
const noSigner = 'INDETERMINATE NO_SIGNING_CERTIFICATE_FOUND'
const constraints = 'INDETERMINATE SIG_CONSTRAINTS_FAILURE'

const eachContainer = (name: string, ...kinds: string[]) => kinds.map(kind => `ASiC-${kind}: ${name}`)
const bothKinds = (...names: string[]) => names.flatMap(name => eachContainer(name, 'E-XAdES', 'E-CAdES'))
const pdf = (...names: string[]) => names.map(name => `PAdES: ${name}`)

export const acceptedDifferences: readonly AcceptedDifference[] = [
  {
    dss: crypto,
    ours: format,
    because:
      'RFC 5652, 11.1 and 11.2: these attributes must be there and must be true; the value need not be worked out',
    cases: [
      'CAdES-detached: message-digest attribute taken out',
      'CAdES-detached: content-type attribute taken out',
      'CAdES-detached: content type changed'
    ]
  },
  {
    dss: crypto,
    ours: hash,
    because: 'the digest of the content is compared before the value, and is not that of the algorithm now stated',
    cases: ['CAdES-detached: digest algorithm changed']
  },
  {
    dss: crypto,
    ours: 'INDETERMINATE CRYPTO_CONSTRAINTS_FAILURE',
    because: 'an algorithm that contradicts the digest algorithm beside it is none that we work out',
    cases: ['CAdES-detached: signature algorithm changed']
  },
  {
    dss: passed,
    ours: format,
    because: 'bytes around what was signed are read by some programs and not by others: nobody honest leaves them',
    cases: [
      'CAdES-detached: bytes after the end',
      ...eachContainer('bytes after the archive', 'E-XAdES', 'E-CAdES', 'S-XAdES', 'S-CAdES'),
      'PAdES: padding of the signature'
    ]
  },
  {
    dss: crypto,
    ours: format,
    because: 'XMLDSig 1.1, 4.3: an empty SignatureValue is no signature',
    cases: ['XAdES-enveloped: signature value empty']
  },
  {
    dss: noSigner,
    ours: hash,
    because: 'the signed properties are not those that were signed, whoever signed them: what is certain is said',
    cases: ['XAdES-enveloped: digest of the certificate', 'XAdES-enveloped: SigningCertificateV2 taken out']
  },
  {
    dss: noSigner,
    ours: format,
    because: 'EN 319 132-1, 4.4.2: a reference of this type must lead to the signed properties of this signature',
    cases: ['XAdES-enveloped: signed properties taken out', 'XAdES-enveloped: all properties taken out']
  },
  {
    dss: notFound,
    ours: format,
    because: 'the same: signed properties that stand elsewhere are not those of this signature',
    cases: ['XAdES-enveloped: signed properties moved to another place']
  },
  {
    dss: notFound,
    ours: crypto,
    because: 'SignedInfo was changed, so the value is certainly wrong',
    cases: ['XAdES-enveloped: reference to the content taken out']
  },
  {
    dss: passed,
    ours: format,
    because: 'EN 319 132-1, 4.3.1: Target must be the Id of the signature',
    cases: ['XAdES-enveloped: properties of another signature']
  },
  {
    dss: passed,
    ours: notFound,
    because: 'the signed reference names a file; with content exchanged between names the digests would still be right',
    cases: [
      'XAdES-detached: the same under another name',
      ...eachContainer('the file renamed', 'E-XAdES', 'S-XAdES'),
      'ASiC-E-XAdES: the file in a folder',
      'ASiC-E-CAdES: signature renamed'
    ]
  },
  {
    dss: format,
    ours: notFound,
    because: 'EN 319 102-1, 5.2.7.4: data that is not there is not broken; it may be found',
    cases: [...bothKinds('the file taken out'), 'ASiC-E-CAdES: manifest taken out']
  },
  {
    dss: passed,
    ours: format,
    because: 'programs differ in which of two files with one name they see',
    cases: bothKinds('the file twice, another first')
  },
  { dss: hash, ours: format, because: 'the same', cases: bothKinds('the file twice, another last') },
  {
    dss: notFound,
    ours: format,
    because: 'programs differ in which of the two names of an entry they see',
    cases: bothKinds('two names for the file')
  },
  {
    dss: format,
    ours: passed,
    because:
      'EN 319 162-1, 4.4.3.2: META-INF/manifest.xml may be there; nothing is signed by it. DSS asks for it by policy',
    cases: ['ASiC-E-XAdES: manifest taken out', 'ASiC-S-XAdES: media type of the other kind']
  },
  {
    dss: hash,
    ours: passed,
    because:
      'DSS takes any container with one file for ASiC-S where the media type is silent; the manifest names this signature',
    cases: ['ASiC-E-CAdES: media type of something else', 'ASiC-E-CAdES: media type taken out']
  },
  {
    dss: format,
    ours: notFound,
    because: 'an extended container without a manifest: what is signed is not known',
    cases: ['ASiC-S-CAdES: media type of the other kind']
  },
  {
    dss: 'unreadable',
    ours: `${passed}, ${notFound}`,
    because: 'DSS stumbles over the same CMS twice; the second one has no manifest that names it',
    cases: ['ASiC-E-CAdES: signature twice']
  },
  {
    dss: passed,
    ours: `${passed}, ${passed}`,
    because: 'DSS reports the same CMS once; the container holds it twice',
    cases: ['ASiC-S-CAdES: signature twice']
  },
  {
    dss: hash,
    ours: notFound,
    because: 'two manifests name the signature, so neither is believed',
    cases: ['ASiC-E-CAdES: manifest twice, another one first']
  },
  {
    dss: hash,
    ours: format,
    because: 'EN 319 162-1, 4.4.4.2: the signature in such a container is detached',
    cases: ['ASiC-E-CAdES: signature with the content inside']
  },
  {
    dss: 'no signature',
    ours: format,
    because: 'a signature field whose value cannot be read is told and not left out',
    cases: ['PAdES: first byte of the signature']
  },
  {
    dss: hash,
    ours: format,
    because: 'EN 319 142-1, 5.3: what is covered must be a whole revision',
    cases: ['PAdES: range: ends earlier']
  },
  {
    dss: passed,
    ours: constraints,
    because: 'ISO 32000-2, 12.8.2: changes that the signature does not permit; DSS warns of some of them and passes',
    pyhankoAgrees: true,
    cases: [
      ...pdf(
        'content of the page',
        'another content for the page',
        'a content more for the page',
        'content of the page freed',
        'size of the page',
        'a font',
        'another catalog with another page',
        'JavaScript on opening',
        'an annotation over the page',
        'a note',
        'the field has another look',
        'a copy of the signature in the field',
        'a form field filled, and the page changed',
        'a form field moved over the page',
        'a form field taken out',
        'certified no-changes: a form field filled',
        'certified no-changes: a note',
        'certified no-changes: the certification taken out of the catalog',
        'certified form-filling: a note',
        'certified form-filling: the certification taken out of the catalog',
        'shadow, hide: what lay over the content goes',
        'shadow, hide: what lay over the content becomes empty',
        'shadow, replace: the content that was ready',
        'shadow, replace: the font that was ready',
        'shadow: an object that was missing',
        'shadow, hide and replace: other pages that were ready'
      ),
      ...['B-LT', 'B-LTA'].flatMap(level =>
        pdf(`${level}: content of the page`, `${level}: a content posing as validation material`)
      )
    ]
  },
  {
    dss: passed,
    ours: constraints,
    because:
      'the same; it is how pages are exchanged, though here the copy is true, or what programs that repair would read',
    cases: ['PAdES: another catalog', 'PAdES: bytes behind the end']
  },
  {
    dss: format,
    ours: constraints,
    because: 'the signature itself has its form; what was added after it is not permitted',
    cases: ['PAdES: a page more', 'PAdES: a second field with the same signature']
  },
  {
    dss: 'INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE',
    ours: 'INDETERMINATE OUT_OF_BOUNDS_NO_POE',
    because: 'EN 319 102-1, 5.3.4: the certificate is out of its time; nobody need answer for it any more',
    cases: ['trust: an expired certificate']
  },
  {
    dss: passed,
    ours: 'INDETERMINATE NO_CERTIFICATE_CHAIN_FOUND',
    because: 'an anchor for time stamps is none for seals; DSS knows only one kind',
    cases: ['trust: a time-stamp authority']
  },
  {
    dss: 'INDETERMINATE CERTIFICATE_CHAIN_GENERAL_FAILURE',
    ours: 'INDETERMINATE CHAIN_CONSTRAINTS_FAILURE',
    because: 'EN 319 102-1, 5.2.6.4: the chain is good, the certificate is not for sealing',
    cases: ['trust: an OCSP responder']
  },
  {
    dss: passed,
    ours: 'INDETERMINATE REVOKED_NO_POE',
    because: 'RFC 5816, 2.2.1: the signing-certificate attribute must name the authority; this token proves nothing',
    cases: ['trust: time stamp that names another signer, and the key was lost since']
  },
  {
    dss: passed,
    ours: 'INDETERMINATE REVOKED_CA_NO_POE',
    because: 'DSS does not pass the same with the authority alone revoked; one more revocation makes nothing better',
    cases: ['B-T', 'B-LT'].map(
      level => `trust: the key was lost now, and the authority was revoked an hour before: ${level}`
    )
  }
]
