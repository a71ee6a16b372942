import { declareProblems } from '#platform'

/** Why a caller is turned away. */
export const accessProblems = declareProblems('access', {
  unauthenticated: {
    status: 401,
    pl: 'Brak ważnego poświadczenia: wymagany jest klucz API albo token dostawcy tożsamości.',
    en: 'No valid credential: an API key or a token of the identity provider is required.'
  },
  'token-invalid': {
    status: 401,
    pl: 'Token jest nieważny: zły podpis, wystawca, odbiorca albo termin.',
    en: 'The token is not valid: wrong signature, issuer, audience or time.'
  },
  'key-invalid': {
    status: 401,
    pl: 'Klucz API jest nieznany albo unieważniony.',
    en: 'The API key is unknown or revoked.'
  },
  'tenant-unknown': {
    status: 403,
    pl: 'Poświadczenie nie wskazuje znanej instytucji.',
    en: 'The credential names no known tenant.'
  },
  'role-missing': {
    status: 403,
    pl: 'Brak uprawnienia do tej czynności.',
    en: 'You have no right to do this.'
  },
  'sender-address-not-yours': {
    status: 403,
    pl: 'Adres nadawcy nie należy do tej instytucji.',
    en: 'The sender address does not belong to this tenant.'
  },
  'identity-provider-unavailable': {
    status: 503,
    pl: 'Dostawca tożsamości nie odpowiada; proszę powtórzyć żądanie później.',
    en: 'The identity provider does not answer; repeat the request later.'
  }
})
