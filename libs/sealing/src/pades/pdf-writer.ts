import type { PdfReader } from './pdf-reader.js'
import { writtenString } from './pdf-text.js'
import { encodeName, type PdfDict, type PdfValue } from './pdf-values.js'
import { crossReference, type ObjectPlace } from './xref-writer.js'

/** Room for something that is known later: `size` bytes, filled with the character `fill` until then. */
export class Gap {
  /** Where it is in the revision's bytes; known when the revision is written. */
  at = -1

  constructor(
    readonly size: number,
    readonly fill: '0' | ' '
  ) {}
}

/** A piece of what is written. Strings stand for bytes (Latin-1). */
export type Part = string | Buffer | Gap

/** An object as it was read, whose next state is to be written. */
export interface Rewritable<Value extends PdfValue = PdfValue> {
  readonly number: number
  readonly generation: number
  readonly value: Value
}

/** A dictionary with some entries replaced or added; all others keep their exact bytes. */
export function changedDictionary(dict: PdfDict, changes: ReadonlyMap<string, readonly Part[]>): Part[] {
  const parts: Part[] = ['<<\n']
  for (const [key, value] of dict.entries)
    if (!changes.has(key)) parts.push(`/${encodeName(key)} `, bytesOf(value), '\n')
  for (const [key, value] of changes) parts.push(`/${encodeName(key)} `, ...value, '\n')
  parts.push('>>')
  return parts
}

/** The bytes of a value. A comment between the numbers of a reference, which some readers trip over, is not kept. */
function bytesOf(value: PdfValue): Part {
  return value.kind === 'ref' ? `${value.number} ${value.generation} R` : value.raw
}

/** An array, or an empty one, with members added at its end. */
export function extendedArray(value: PdfValue | undefined, added: string): Part[] {
  // A comment may stand before the closing bracket and would swallow what follows it: hence the new line.
  return value?.kind === 'array' ? [value.raw.subarray(0, -1), `\n${added}]`] : [`[${added}]`]
}

interface Edit {
  readonly object: Rewritable<PdfDict>
  readonly changes: Map<string, readonly Part[]>
}

/**
 * Gathers the objects of a new revision and writes them as an incremental update (ISO 32000-2, 7.5.6): the file before
 * stays as it is. Changes to one object from several sides are merged into one next state. New strings and streams are
 * encrypted where the file is. Everything is laid out first and written once, into one buffer.
 */
export class RevisionWriter {
  private readonly objects = new Map<number, { generation: number; parts: readonly Part[] }>()
  private readonly edits = new Map<number, Edit>()
  private next: number

  constructor(readonly pdf: PdfReader) {
    this.next = pdf.nextNumber
  }

  /** A number for a new object. */
  reserve(): number {
    return this.next++
  }

  /** A new object, or the whole next state of an old one. */
  put(number: number, parts: readonly Part[], generation = 0): void {
    this.objects.set(number, { generation, parts })
  }

  /** A new stream; `dictionary` is written `<<…>>` without /Length. */
  putStream(number: number, dictionary: string, data: Buffer): void {
    const stored = this.pdf.encryption?.encryptStream(data, number, 0) ?? data
    const end = dictionary.lastIndexOf('>>')
    this.put(number, [`${dictionary.slice(0, end)}/Length ${stored.length}>>\nstream\n`, stored, '\nendstream'])
  }

  /** Sets an entry of a dictionary that is an object of its own; all its other entries stay as they stand. */
  set(object: Rewritable<PdfDict>, key: string, parts: readonly Part[]): void {
    let edit = this.edits.get(object.number)
    if (!edit) this.edits.set(object.number, (edit = { object, changes: new Map() }))
    edit.changes.set(key, parts)
  }

  /** Adds members to an array that is an object of its own. False, and nothing done, when `place` does not lead to one. */
  append(place: PdfValue | undefined, added: string): boolean {
    const object = place?.kind === 'ref' ? this.pdf.object(place) : undefined
    if (object?.value.kind !== 'array') return false
    this.put(object.number, extendedArray(object.value, added), object.generation)
    return true
  }

  /** A string as it must stand in a new object. */
  string(bytes: Buffer, number: number): string {
    const { encryption } = this.pdf
    return encryption ? `<${encryption.encryptString(bytes, number, 0).toString('hex')}>` : writtenString(bytes)
  }

  /** Writes everything. Gaps know their places afterwards. */
  finish(): Buffer {
    for (const { object, changes } of this.edits.values())
      this.put(object.number, changedDictionary(object.value, changes), object.generation)

    const { pdf } = this
    const start = pdf.source.size
    const lastByte = pdf.source.read(start - 1, 1)[0]
    const layout: Part[] = lastByte === 0x0a || lastByte === 0x0d ? [] : ['\n']
    let length = layout.length
    const places = new Map<number, ObjectPlace>()
    for (const [number, { generation, parts }] of this.objects) {
      places.set(number, { offset: start + length - pdf.headerAt, generation })
      const head = `${number} ${generation} obj\n`
      layout.push(head)
      length += head.length
      for (const part of parts) {
        layout.push(part)
        length += part instanceof Gap ? part.size : part.length
      }
      layout.push('\nendobj\n')
      length += 8
    }
    const end = crossReference(pdf, places, start + length - pdf.headerAt, this.next)
    layout.push(end)
    return fill(Buffer.allocUnsafe(length + end.length), layout)
  }
}

function fill(bytes: Buffer, layout: readonly Part[]): Buffer {
  let at = 0
  for (const part of layout) {
    if (typeof part === 'string') at += bytes.write(part, at, 'latin1')
    else if (part instanceof Gap) {
      part.at = at
      bytes.fill(part.fill, at, at + part.size, 'latin1')
      at += part.size
    } else {
      part.copy(bytes, at)
      at += part.length
    }
  }
  return bytes
}
