import type { AppearanceObject } from '../pades/seal-appearance.js'

/** What an object's body is made with. */
export type WriteString = Parameters<AppearanceObject['body']>[1]

/** The objects that an appearance consists of, gathered while it is built. Index 0 is kept for the form that is placed. */
export class Parts {
  readonly objects: AppearanceObject[] = []

  /** Adds an object; the result is its index among the objects of the appearance, for `numbers[index]`. */
  add(body: AppearanceObject['body']): number {
    this.objects.push({ body })
    return this.objects.length
  }

  /** Adds an object that refers to no other and holds no strings. */
  addPlain(dictionary: string, stream?: Buffer): number {
    const body = { dictionary, stream }
    return this.add(() => body)
  }
}

/** A picture or drawing, ready to be painted. */
export interface Graphic {
  /** Index of its XObject. */
  readonly part: number
  /** Proportions, in any unit. */
  readonly width: number
  readonly height: number
  /** Size of the XObject in its own space: 1 × 1 for images, the box for forms (ISO 32000-1, 8.9.5 and 8.10). */
  readonly own: readonly [number, number]
}
