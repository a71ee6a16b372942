/**
 * Kinds of seal by standard and packaging: PAdES (ETSI EN 319 142-1), XAdES (EN 319 132-1), CAdES (EN 319 122-1), ASiC-S
 * and ASiC-E (EN 319 162-1) with XAdES or CAdES inside.
 */
export const sealFormats = [
  'PAdES',
  'XAdES-enveloped',
  'XAdES-enveloping',
  'XAdES-detached',
  'CAdES-attached',
  'CAdES-detached',
  'ASiC-E-XAdES',
  'ASiC-E-CAdES',
  'ASiC-S-XAdES',
  'ASiC-S-CAdES'
] as const

/** One of `sealFormats`. */
export type SealFormat = (typeof sealFormats)[number]

/**
 * AdES baseline levels: B-B a seal, B-T with a time stamp, B-LT with everything that validation needs later, B-LTA with
 * an archive time stamp over all of it.
 */
export const sealLevels = ['B-B', 'B-T', 'B-LT', 'B-LTA'] as const

/** One of `sealLevels`. */
export type SealLevel = (typeof sealLevels)[number]

/** Whether level `a` promises at least what `b` does. */
export const reaches = (a: SealLevel, b: SealLevel): boolean => sealLevels.indexOf(a) >= sealLevels.indexOf(b)
