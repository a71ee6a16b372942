import { utf8Char } from './references.js'

/** A character of text in canonical form (Canonical XML 1.0, 2.3). */
export const escapedTextChar = (code: number): string =>
  code === 0x26 ? '&amp;' : code === 0x3c ? '&lt;' : code === 0x3e ? '&gt;' : code === 0x0d ? '&#xD;' : utf8Char(code)

/** A character of an attribute value in canonical form. */
export const escapedValueChar = (code: number): string =>
  code === 0x26
    ? '&amp;'
    : code === 0x3c
      ? '&lt;'
      : code === 0x22
        ? '&quot;'
        : code === 0x09
          ? '&#x9;'
          : code === 0x0a
            ? '&#xA;'
            : code === 0x0d
              ? '&#xD;'
              : utf8Char(code)

/** A normalised value, byte string, as it stands between quotes in canonical form. */
export const escapeValue = (text: string): string =>
  /[&<"\t\n\r]/.test(text) ? text.replace(/[&<"\t\n\r]/g, char => escapedValueChar(char.charCodeAt(0))) : text
