import type { PdfReader } from '../../pades/pdf-reader.js'
import { asName, type PdfDict, type PdfValue } from '../../pades/pdf-values.js'
import { wrongDesign } from '../design-problem.js'

/**
 * Refuses a dictionary from a foreign page that would break the PDF/A of the documents it is put on: transparency
 * (ISO 19005-1, 6.4), fonts that are not embedded (6.3.4), filters that archives do not admit (6.1.10).
 */
export function refuseForeign(pdf: PdfReader, dict: PdfDict): void {
  const get = (key: string): PdfValue | undefined => pdf.get(dict, key)
  const name = (key: string): string | undefined => asName(get(key))
  for (const key of ['CA', 'ca']) {
    const value = get(key)
    if (value?.kind === 'number' && value.value < 1) throw transparency()
  }
  const mask = get('SMask')
  if (mask && asName(mask) !== 'None') throw transparency()
  if (dict.entries.has('SMaskInData')) throw transparency()
  const blend = get('BM')
  for (const mode of blend?.kind === 'array' ? blend.items : [blend]) {
    const text = asName(pdf.resolve(mode))
    if (text !== undefined && text !== 'Normal' && text !== 'Compatible') throw transparency()
  }
  if (name('Type') === 'Font') refuseFont(pdf, dict)
  const filters = get('Filter')
  for (const filter of filters?.kind === 'array' ? filters.items : [filters]) {
    const text = asName(pdf.resolve(filter))
    if (text === 'LZWDecode' || text === 'JPXDecode' || text === 'Crypt')
      throw wrongDesign('graphic.data', `PDF: ${text} breaks PDF/A`)
  }
}

function transparency() {
  return wrongDesign('graphic.data', 'PDF: transparency breaks PDF/A: flatten it, or say transparency: "allowed"')
}

function refuseFont(pdf: PdfReader, font: PdfDict): void {
  const subtype = asName(pdf.get(font, 'Subtype'))
  if (subtype === 'Type0') return
  if (subtype === 'Type3')
    throw wrongDesign('graphic.data', 'PDF: type 3 fonts are taken with transparency: "allowed" only')
  const descriptor = pdf.getDict(font, 'FontDescriptor')
  if (!descriptor || !['FontFile', 'FontFile2', 'FontFile3'].some(key => descriptor.entries.has(key)))
    throw wrongDesign('graphic.data', 'PDF: a font is not embedded')
  // PDF/A-1 wants to know what is in a font that was cut down (ISO 19005-1, 6.3.5); many programs do not say.
  const cutDown = /^[A-Z]{6}\+/.test(asName(pdf.get(font, 'BaseFont')) ?? '')
  const list = subtype?.startsWith('CIDFont') ? 'CIDSet' : subtype === 'TrueType' ? undefined : 'CharSet'
  if (cutDown && list && !descriptor.entries.has(list))
    throw wrongDesign('graphic.data', `PDF: a font without ${list} breaks PDF/A: make its text outlines`)
}
