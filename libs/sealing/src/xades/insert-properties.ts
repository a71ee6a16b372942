import { BufferSource, JoinedSource, type RandomAccessSource, SliceSource } from '../source.js'
import { nameByte } from './c14n/byte-classes.js'
import { XADES } from './names.js'
import type { XmlSignature } from './read-structure.js'
import type { XmlElement, XmlTree } from './xml-tree.js'

/**
 * Puts markup (ASCII, with its own namespace declarations) at the end of the unsigned signature properties, which are
 * made where there are none. All bytes that are there stay; only an empty-element tag is opened.
 */
export function insertProperties(
  file: RandomAccessSource,
  { xml }: XmlTree,
  { qualifying, signedProperties, unsignedProperties, unsignedSignatureProperties }: XmlSignature,
  markup: string
): RandomAccessSource {
  const own = ` xmlns:xades="${XADES}"`
  const inner = `<xades:UnsignedSignatureProperties${own}>${markup}</xades:UnsignedSignatureProperties>`
  const outer = `<xades:UnsignedProperties${own}>${inner}</xades:UnsignedProperties>`
  if (unsignedSignatureProperties)
    return inside(unsignedSignatureProperties, unsignedSignatureProperties.contentEnd, markup)
  // properties of the signature stand before those of data objects
  if (unsignedProperties) return inside(unsignedProperties, unsignedProperties.contentStart, inner)
  return signedProperties
    ? replaced(signedProperties.end, signedProperties.end, outer)
    : inside(qualifying!, qualifying!.contentEnd, outer)

  function inside(element: XmlElement, at: number, text: string): RandomAccessSource {
    const { bytes } = xml
    // only an empty-element tag has no end tag
    if (element.contentStart < element.end) return replaced(at, at, text)
    let nameEnd = element.start + 1
    while (nameByte[bytes[nameEnd]!]) nameEnd++
    const name = bytes.toString('latin1', element.start + 1, nameEnd)
    return replaced(element.end - 2, element.end, `>${text}</${name}>`)
  }

  function replaced(from: number, to: number, text: string): RandomAccessSource {
    const end = xml.place(to)
    return new JoinedSource([
      new SliceSource(file, 0, xml.place(from)),
      new BufferSource(xml.encode(Buffer.from(text))),
      new SliceSource(file, end, file.size - end)
    ])
  }
}
