/** What we pass of what was meddled with: at what level, and whether the report says that the file is covered in part. */
const cases: readonly (readonly [levels: string, names: readonly string[]])[] = [
  [
    'B-B',
    [
      'CAdES-detached: time stamp of another signature',
      'CAdES-detached: time stamp: imprint',
      'CAdES-detached: time stamp: signature value',
      'CAdES-detached: time stamp taken out',
      'CAdES-detached B-LTA: signature time stamp taken out',
      'XAdES-enveloped: time stamp of another signature',
      'XAdES-enveloped: time stamp changed',
      'XAdES-enveloped: time stamp taken out',
      'XAdES-enveloped B-LTA: signature time stamp taken out',
      'PAdES: white space behind the end',
      'PAdES: a revision that changes nothing',
      'PAdES: an object that nobody uses',
      'PAdES: dates in the document information',
      'PAdES: the signature dictionary written again',
      'PAdES: certified no-changes',
      'PAdES: certified form-filling',
      'PAdES: a second signature, cut away'
    ]
  ],
  [
    'B-T',
    [
      'CAdES-detached: certificate of the authority exchanged',
      'CAdES-detached: signed attributes in another order',
      'CAdES-detached: time stamp twice',
      'CAdES-detached: unsigned attribute added',
      'CAdES-detached: written in BER',
      'CAdES-detached B-LTA: revocation taken out',
      'CAdES-detached B-LTA: all revocation taken out',
      'CAdES-attached: another document beside',
      'XAdES-enveloped: a comment added',
      'XAdES-enveloped: another form of the same tags',
      'XAdES-enveloped: another certificate put before',
      'XAdES-enveloped: unsigned property added',
      'XAdES-enveloped B-LTA: revocation values taken out',
      'XAdES-enveloping: order of objects',
      'ASiC-E-XAdES: packed anew',
      'ASiC-E-XAdES: signature renamed',
      'ASiC-E-XAdES: media type of the other kind',
      'ASiC-E-XAdES: a comment',
      'ASiC-E-XAdES: manifest taken out',
      'ASiC-E-XAdES: manifest of another container',
      'ASiC-E-CAdES: packed anew',
      'ASiC-E-CAdES: a comment',
      'ASiC-S-XAdES: packed anew',
      'ASiC-S-XAdES: signature renamed',
      'ASiC-S-XAdES: media type of the other kind',
      'ASiC-S-XAdES: media type taken out',
      'ASiC-S-XAdES: a comment',
      'ASiC-S-CAdES: packed anew',
      'ASiC-S-CAdES: the file renamed',
      'ASiC-S-CAdES: signature renamed',
      'ASiC-S-CAdES: media type taken out',
      'ASiC-S-CAdES: a comment',
      'PAdES: B-LT: security store taken out',
      'PAdES: B-LT: security store emptied',
      'PAdES: B-LTA: security store taken out',
      'PAdES: B-LTA: security store emptied'
    ]
  ],
  [
    'B-LT',
    [
      'CAdES-detached B-LTA: certificate taken out',
      'CAdES-detached B-LTA: hash index of the archive time stamp',
      'CAdES-detached B-LTA: hash index taken out',
      'CAdES-detached B-LTA: archive time stamp: signature value',
      'XAdES-enveloped B-LTA: certificate values taken out',
      'XAdES-enveloped B-LTA: property added before the archive time stamp',
      'XAdES-enveloped B-LTA: certificate added to KeyInfo',
      'XAdES-enveloped B-LTA: archive time stamp taken out',
      'PAdES: B-LT: a byte of the validation material',
      'PAdES: B-LTA: a byte of the validation material',
      'PAdES: B-LTA: document time stamp changed',
      'PAdES: B-LTA: document time stamp cut away'
    ]
  ],
  [
    'B-LTA',
    [
      'CAdES-detached B-LTA: certificate added',
      'CAdES-detached B-LTA: unsigned attribute added',
      'XAdES-enveloped B-LTA: property added after the archive time stamp'
    ]
  ],
  [
    '-',
    [
      'ASiC-E-XAdES: media type of something else',
      'ASiC-E-XAdES: media type taken out',
      'ASiC-E-XAdES: media type last',
      'ASiC-E-CAdES: media type of something else',
      'ASiC-E-CAdES: media type taken out',
      'ASiC-E-CAdES: media type last',
      'ASiC-S-XAdES: media type of something else',
      'ASiC-S-XAdES: media type last',
      'ASiC-S-CAdES: media type of something else',
      'ASiC-S-CAdES: media type last'
    ]
  ],
  [
    'B-T, B-T',
    [
      'CAdES-detached: the signer twice',
      'ASiC-E-XAdES: signature twice',
      'ASiC-S-XAdES: signature twice',
      'ASiC-S-CAdES: signature twice'
    ]
  ],
  ['B-B, B-B', ['PAdES: a second signature']],
  [
    'B-B in part',
    [
      'XAdES wrapping 0: none',
      'XAdES wrapping 1: the letter inside the signature of another root',
      'XAdES wrapping 2: the letter beside the signature in another root',
      'XAdES wrapping 3: another letter before',
      'XAdES wrapping 4: the letter inside another one',
      'XAdES wrapping 5: the signature in another letter',
      'XAdES wrapping 6: the signature with the letter in another letter',
      'PAdES: a form field filled',
      'PAdES: certified form-filling: a form field filled'
    ]
  ],
  [
    'B-T in part',
    [
      'XAdES-enveloping: an object added',
      'XAdES-enveloping: the signature inside another document',
      'ASiC-E-XAdES: a file added',
      'ASiC-E-CAdES: a file added'
    ]
  ]
]

// A revocation takes nothing from what is proven to have been there before it, and a time stamp that does not matter nothing at all.
const standing: Readonly<Record<string, readonly string[]>> = {
  'the key was lost now': ['B-T', 'B-LT', 'B-LTA'],
  'the authority was revoked now': ['B-T', 'B-LT', 'B-LTA'],
  'the key was lost now, and the authority was revoked now': ['B-T', 'B-LT', 'B-LTA'],
  'the key was lost now, and the responder lost its key an hour before': ['B-T', 'B-LT'],
  'the time-stamp authority lost its key now': ['B-B', 'B-T', 'B-LT'],
  'the time-stamp authority lost its key an hour before': ['B-B', 'B-T', 'B-LT'],
  'the time-stamp authority was replaced now': ['B-B', 'B-T', 'B-LT'],
  'the responder lost its key an hour before': ['B-B', 'B-T', 'B-LT']
}

/** Levels by the name of the case; what is not here must not pass. */
export const passing: Readonly<Record<string, string>> = Object.fromEntries([
  ...cases.flatMap(([levels, names]) => names.map(name => [name, levels])),
  ['trust: an office', 'B-B'],
  ['trust: good time stamp, and the key was lost since', 'B-T'],
  ['trust: time stamp by the older attribute, and the key was lost since', 'B-T'],
  ...Object.entries(standing).flatMap(([what, levels]) => levels.map(level => [`trust: ${what}: ${level}`, level]))
])
