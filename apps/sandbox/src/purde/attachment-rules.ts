import type { UaError } from './ua-error.js'

/** Largest attachment that may stand inline in JSON, in bytes; larger ones must be uploaded. */
export const INLINE_LIMIT = 15 * 1024 * 1024

/** The only name of a digest algorithm in the UA API; its length is not stated, we take it for SHA3-512. */
export const HASH_NAME = 'SHA-3'

const LONGEST_NAME = 128
const FORBIDDEN = /[\s~"#%&*:<>?!/\\{|}]/

// Letters are compared as they stand: only the signature formats are spelt with capitals.
const EXTENSIONS = new Set(
  (
    'txt rtf pdf xps odt ods odp doc xls ppt docx xlsx pptx csv jpg jpeg tif tiff geotiff png svg wav mp3 avi mpg mpeg ' +
    'mp4 m4a mpeg4 ogg ogv zip tar gz gzip 7z html xhtml css xml xsd gml rng xsl xslt TSL XMLsig XAdES PAdES CAdES ' +
    'ASIC XMLenc dwg dwf dxf dgn jp2'
  ).split(' ')
)

/** What is wrong with the name of an attachment, given the names that the message has already. */
export function checkName(filename: string, taken: Iterable<string>): UaError | undefined {
  const wrong = (description: string): UaError => ({ error: 'INVALID_ATTACHMENT', error_description: description })
  if (filename === '') return wrong('the attachment has no file name')
  if (filename.length > LONGEST_NAME) return wrong(`a file name has at most ${LONGEST_NAME} characters`)
  if (FORBIDDEN.test(filename)) return wrong('the file name holds a forbidden character')
  const extension = /\.([^.]+)$/.exec(filename)?.[1]
  if (!extension || !EXTENSIONS.has(extension)) return wrong('the extension of the file is not on the list')
  if ([...taken].includes(filename)) return wrong('the message has an attachment of that name already')
  return undefined
}

/** What the client says about a file beside its bytes. */
export interface DeclaredFile {
  size?: number
  alg?: string
  hash?: string
}

/** What is wrong with a file against the size and hash that the client declared for it. */
export function checkDeclared(declared: DeclaredFile, size: number, sha3: string): UaError | undefined {
  const wrong = (description: string): UaError => ({ error: 'INVALID_ATTACHMENT', error_description: description })
  if (declared.size !== undefined && declared.size !== size) return wrong('the size is not that of the file')
  if (declared.alg !== undefined && declared.alg !== HASH_NAME) return wrong(`the algorithm must be ${HASH_NAME}`)
  if (declared.hash !== undefined && declared.hash !== sha3) return wrong('the hash is not that of the file')
  return undefined
}
