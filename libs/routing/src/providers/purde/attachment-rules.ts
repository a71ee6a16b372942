import type { ProblemType } from '#platform'
import type { Carriage, CarriageReason, RoutableLetter } from '../../provider.js'
import { purdeProblems, type PurdeProblem } from './purde.errors.js'

/** Extensions as the operator's technical project lists them, letter for letter: some have capitals there. */
const listed = (
  'txt rtf pdf xps odt ods odp doc xls ppt docx xlsx pptx csv jpg jpeg tif tiff geotiff png svg wav mp3 avi mpg mpeg ' +
  'mp4 m4a mpeg4 ogg ogv zip tar gz gzip 7z html xhtml css xml xsd gml rng xsl xslt TSL XMLsig XAdES PAdES CAdES ' +
  'ASIC XMLenc dwg dwf dxf dgn jp2'
).split(' ')
const allowedExtensions = new Set(listed)

const MAX_NAME_LENGTH = 128
const MAX_TEXT_LENGTH = 5000
/** Space and the operator's list; besides them what nobody can see: control, format and bidirectional characters. */
const forbidden = /[\s~"#%&*:<>?!/\\{|}\p{C}]/u

export interface AttachmentLimits {
  readonly maxParts: number
  readonly maxTotalBytes: number
}

/** Every reason why the public service would not take this letter. Pure. */
export function checkCarriage(letter: RoutableLetter, limits: AttachmentLimits): Carriage {
  const reasons: CarriageReason[] = []
  const object = (problem: PurdeProblem, fileName?: string) => {
    const { code, pl, en } = purdeProblems[problem]
    reasons.push({ code, pl, en, ...(fileName !== undefined && { fileName }) })
  }
  if (!letter.recipientAde) object('no-recipient-address')
  // Counted in UTF-16 units, as the operator's Java and JSON schema tools count.
  if (letter.text.length > MAX_TEXT_LENGTH) object('text-too-long')
  if (letter.parts.length > limits.maxParts) object('too-many-files')
  if (letter.parts.reduce((sum, part) => sum + part.size, 0) > limits.maxTotalBytes) object('too-large')
  const names = new Set<string>()
  for (const { fileName, size } of letter.parts) {
    for (const problem of nameProblems(fileName)) object(problem, fileName)
    if (size <= 0) object('file-empty', fileName)
    // Two spellings of the same letters (NFC, NFD) look the same to the addressee.
    const spelling = fileName.normalize('NFC')
    if (names.has(spelling)) object('file-name-repeated', fileName)
    names.add(spelling)
  }
  return reasons.length === 0 ? { can: true } : { can: false, reasons }
}

/** What is wrong with the name of one attachment, if anything: so that a sender can hear of it before an upload. Pure. */
export function checkAttachmentName(fileName: string): ProblemType | undefined {
  const [problem] = nameProblems(fileName)
  return problem && purdeProblems[problem]
}

function nameProblems(fileName: string): PurdeProblem[] {
  const problems: PurdeProblem[] = []
  if (fileName.length > MAX_NAME_LENGTH || forbidden.test(fileName)) problems.push('file-name-forbidden')
  if (!allowedExtensions.has(extensionOf(fileName))) problems.push('file-type-forbidden')
  return problems
}

function extensionOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.')
  return dot > 0 ? fileName.slice(dot + 1) : ''
}
