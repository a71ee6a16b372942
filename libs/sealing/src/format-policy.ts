import type { Document } from './document.js'
import type { SealFormat } from './seal-format.js'

/** Which kind of seal a file gets when nobody says otherwise. */
export interface FormatPolicy {
  readonly pdf: SealFormat
  readonly xml: SealFormat
  /** Everything else: text, office documents, style sheets, pictures. */
  readonly other: SealFormat
}

/** A seal inside where the file's own format provides for one, and otherwise a container that keeps file and seal together. */
export const defaultFormatPolicy: FormatPolicy = { pdf: 'PAdES', xml: 'XAdES-enveloped', other: 'ASiC-E-XAdES' }

/** The format for a document by its declared media type; where nothing is declared, by its first bytes. */
export function formatFor(document: Document, policy: FormatPolicy = defaultFormatPolicy): SealFormat {
  return policy[kindOf(document)]
}

function kindOf({ mediaType, fileName, source }: Document): keyof FormatPolicy {
  const type = mediaType.split(';')[0]!.trim().toLowerCase()
  if (type === 'application/pdf') return 'pdf'
  // A style sheet is XML, but a program too: what is not data stays as its maker wrote it.
  if (/\.xslt?$/i.test(fileName) || /\b(xslt|xsl)\b/.test(type)) return 'other'
  if (type === 'application/xml' || type === 'text/xml') return 'xml'
  if (type !== '' && type !== 'application/octet-stream') return 'other'
  const start = source.read(0, 1024)
  if (start.indexOf('%PDF-') >= 0) return 'pdf'
  return /^(\xef\xbb\xbf)?\s*<\?xml\s/.test(start.toString('latin1')) ? 'xml' : 'other'
}

/** Whether the sealed file holds the signature alone, so that the document must go on beside it. */
export const isDetached = (format: SealFormat): boolean => format === 'CAdES-detached' || format === 'XAdES-detached'

const containers = { E: 'application/vnd.etsi.asic-e+zip', S: 'application/vnd.etsi.asic-s+zip' } as const

/** Name and media type of what comes out. A seal inside the file changes neither. */
export function sealedName(document: Document, format: SealFormat): { fileName: string; mediaType: string } {
  const { fileName, mediaType } = document
  if (format === 'PAdES' || format === 'XAdES-enveloped') return { fileName, mediaType }
  if (format.startsWith('XAdES')) return { fileName: `${fileName}.XAdES`, mediaType: 'application/xml' }
  if (format === 'CAdES-attached') return { fileName: `${fileName}.p7m`, mediaType: 'application/pkcs7-mime' }
  // Letter for letter as the public delivery service knows it.
  if (format === 'CAdES-detached') return { fileName: `${fileName}.CAdES`, mediaType: 'application/pkcs7-signature' }
  const kind = format.startsWith('ASiC-E') ? 'E' : 'S'
  // a container that gets a further seal stays the container that it was
  if (kind === 'E' && /\.(asice|sce)$/i.test(fileName)) return { fileName, mediaType: containers.E }
  return { fileName: `${fileName}.asic${kind.toLowerCase()}`, mediaType: containers[kind] }
}
