export * from './check-party.js'
export * from './find-addressee.js'
export * from './addressee.module.js'
export * from './addressee.config.js'
export * from './addressee.errors.js'
export * from './ade.js'
export * from './krs.js'
export * from './nip.js'
export * from './pesel.js'
export * from './regon.js'
export * from './resolve-address.js'
export * from './se-api/se-api.client.js'
export type {
  BaeSearchRequest,
  EdaConfirmationRequest,
  EdaSearchRequest,
  OfficialId,
  SearchCategory
} from './se-api/se-api.requests.js'
export type { BaeSearchAnswer, EdaConfirmationAnswer, EdaSearchAnswer } from './se-api/se-api.answers.js'
