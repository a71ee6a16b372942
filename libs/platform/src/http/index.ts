export * from './bearer-tokens.js'
export { type CircuitSettings } from './circuit.js'
export * from './outbound-http.js'
export * from './retry-after.js'
