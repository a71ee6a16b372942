/** A page as the placement of a visible seal needs it. Lengths in PDF units (1/72 inch), rectangles `[x0, y0, x1, y1]`. */
export interface PageGeometry {
  readonly mediaBox: readonly [number, number, number, number]
  /** Equal to the media box where the page has none; always inside it. */
  readonly cropBox: readonly [number, number, number, number]
  /** Clockwise turn that viewers apply. */
  readonly rotate: 0 | 90 | 180 | 270
  /** /UserUnit, 1 when absent. */
  readonly userUnit: number
}

/** What may be said on a seal that differs from document to document. */
export interface SealFacts {
  readonly signingTime: Date
  readonly documentName: string
  /** Case or register number, where the caller gives one. */
  readonly number?: string
}

/** An indirect object of an appearance, to be numbered by whoever writes the file. Always a dictionary or a stream. */
export interface AppearanceObject {
  /**
   * The object's body: a dictionary `<<…>>` and, for a stream, its data. /Length is left to the writer, because
   * encryption changes it. All strings in the dictionary come from `writeString`.
   * @param numbers object numbers of all objects of the appearance, in the order of `objects`; references to each other
   *   are written as `${numbers[i]} 0 R`
   * @param writeString writes a string as it must stand in this object: `(…)` or `<…>`, encrypted where the file is
   */
  body(
    numbers: readonly number[],
    writeString: (bytes: Buffer) => string
  ): { readonly dictionary: string; readonly stream?: Buffer }
}

/** What a placed seal looks like on one page. */
export interface PlacedAppearance {
  /** /Rect of the widget, in the page's own unturned coordinates. */
  readonly rect: readonly [number, number, number, number]
  /** The first object is the form XObject for /AP /N; then fonts, images and what else it needs. */
  readonly objects: readonly AppearanceObject[]
  /** Goes into /TU (alternate name, ISO 32000-1 table 220; PDF/UA asks for it) and says in words what is seen. */
  readonly alternateText: string
}

/** A visible seal: built once per profile, placed on one page of each document. */
export interface SealAppearance {
  /** Page by rule: `first`, `last`, or its number counted from 1 (negative: from the end). */
  readonly page: 'first' | 'last' | number
  /** @throws Refused `sealing/seal-does-not-fit` when the page is smaller than the seal */
  place(page: PageGeometry, facts: SealFacts): PlacedAppearance
  /** For an existing field: into its rectangle, scaled to fit and centred. */
  placeIn(rect: readonly [number, number, number, number], page: PageGeometry, facts: SealFacts): PlacedAppearance
}
