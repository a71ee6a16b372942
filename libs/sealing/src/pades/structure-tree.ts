import { items } from './form-fields.js'
import type { PdfReader } from './pdf-reader.js'
import { asName, asNatural, type PdfDict, type PdfValue } from './pdf-values.js'
import { changedDictionary, extendedArray, type Part, type RevisionWriter, type Rewritable } from './pdf-writer.js'

/**
 * Puts a new field into the structure tree of a tagged file (ISO 32000-2, 14.7.5.3; ISO 14289-1, 7.18.4): a Form element
 * with an object reference to the widget, below the Document element or else at the root, and an entry in the parent
 * tree. A tree that is built in an unusual way is left as it is, and so is the file's reading order.
 * @returns the widget's /StructParent; undefined when the file has no structure tree or an unusual one
 */
export function tagField(writer: RevisionWriter, field: string, page: string): number | undefined {
  const { pdf } = writer
  const root = dictObject(pdf, pdf.catalog().value.entries.get('StructTreeRoot'))
  if (!root) return undefined
  const key = nextKey(pdf, root.value)
  if (key === undefined) return undefined
  const parent = documentElement(pdf, root.value) ?? root
  const element = writer.reserve()
  if (!addToParentTree(writer, root, key, `${element} 0 R`)) return undefined
  writer.put(element, [
    `<<\n/Type /StructElem\n/S /Form\n/P ${parent.number} ${parent.generation} R\n/Pg ${page}\n` +
      `/K << /Type /OBJR /Obj ${field} /Pg ${page} >>\n>>`
  ])
  addKid(writer, parent, `${element} 0 R`)
  writer.set(root, 'ParentTreeNextKey', [String(key + 1)])
  return key
}

function dictObject(pdf: PdfReader, value: PdfValue | undefined): Rewritable<PdfDict> | undefined {
  const object = value?.kind === 'ref' ? pdf.object(value) : undefined
  return object?.value.kind === 'dict' && !object.isStream ? { ...object, value: object.value } : undefined
}

/** The element that stands for the whole document, when the root has this one kid. */
function documentElement(pdf: PdfReader, root: PdfDict): Rewritable<PdfDict> | undefined {
  const kids = pdf.get(root, 'K')
  const only = kids?.kind === 'array' ? (kids.items.length === 1 ? kids.items[0] : undefined) : root.entries.get('K')
  const element = dictObject(pdf, only)
  return element && asName(pdf.get(element.value, 'S')) === 'Document' ? element : undefined
}

/** A key above all in the parent tree: what the root says comes next, or more where the tree knows better. */
function nextKey(pdf: PdfReader, root: PdfDict): number | undefined {
  const tree = pdf.getDict(root, 'ParentTree')
  if (!tree) return undefined
  const numbers = items(pdf.get(tree, 'Nums'))
  let highest = -1
  for (let i = 0; i < numbers.length; i += 2) highest = Math.max(highest, asNatural(pdf.resolve(numbers[i])) ?? -1)
  // Leaves stand in ascending order, so the last one's limits tell.
  const last = pdf.resolve(items(pdf.get(tree, 'Kids')).at(-1))
  if (last?.kind === 'dict') {
    const limit = asNatural(pdf.resolve(items(pdf.get(last, 'Limits'))[1]))
    if (limit === undefined) return undefined
    highest = Math.max(highest, limit)
  }
  return Math.max(highest + 1, asNatural(pdf.get(root, 'ParentTreeNextKey')) ?? 0)
}

/** Adds `key element` at the end of the number tree (ISO 32000-2, 7.9.7). False, and nothing done, when it is unusual. */
function addToParentTree(writer: RevisionWriter, root: Rewritable<PdfDict>, key: number, element: string): boolean {
  const { pdf } = writer
  const place = root.value.entries.get('ParentTree')
  const own = dictObject(pdf, place)
  const tree = own?.value ?? (place?.kind === 'dict' ? place : undefined)
  if (!tree) return false
  const branch = tree.entries.has('Kids') ? 'Kids' : 'Nums'
  let added = `${key} ${element}`
  if (branch === 'Kids') {
    const leaf = writer.reserve()
    writer.put(leaf, [`<<\n/Limits [${key} ${key}]\n/Nums [${key} ${element}]\n>>`])
    added = `${leaf} 0 R`
  }
  const list = tree.entries.get(branch)
  if (writer.append(list, added)) return true
  if (list?.kind === 'ref') return false
  const changes = new Map<string, readonly Part[]>([[branch, extendedArray(list, added)]])
  if (own) writer.set(own, branch, changes.get(branch)!)
  else writer.set(root, 'ParentTree', changedDictionary(tree, changes))
  return true
}

function addKid(writer: RevisionWriter, parent: Rewritable<PdfDict>, element: string): void {
  const kids = parent.value.entries.get('K')
  if (writer.append(kids, element)) return
  // A single kid stands without an array.
  const next: readonly Part[] =
    !kids || kids.kind === 'array' || kids.kind === 'null'
      ? extendedArray(kids, element)
      : ['[', kids.raw, ` ${element}]`]
  writer.set(parent, 'K', next)
}
