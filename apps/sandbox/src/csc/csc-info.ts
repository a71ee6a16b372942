import { algorithmOids } from './signature-algorithm.js'

/** Path of the remote seal service; `v1/…`, `v2/…` and `oauth2/…` lie below. */
export const cscPath = '/csc'

const common = ['credentials/list', 'credentials/info', 'credentials/authorize', 'credentials/extendTransaction']

/** Methods besides `info`, by version of the API. */
export const methodsV1 = [...common, 'signatures/signHash', 'signatures/timestamp', 'oauth2/token', 'oauth2/revoke']
export const methodsV2 = [
  ...common,
  'credentials/authorizeCheck',
  'signatures/signHash',
  'signatures/signPolling',
  'signatures/timestamp',
  'oauth2/token',
  'oauth2/revoke'
]

/** info (v1.0.4 11.1, v2.0 11.1): what the service says of itself. @param origin address of the sandbox */
export function describeService(version: 'v1' | 'v2', origin: string): Record<string, unknown> {
  const told = {
    specs: version === 'v1' ? '1.0.4.0' : '2.0.0.2',
    name: 'Zdalna Pieczęć (piaskownica)',
    logo: `${origin}/`,
    region: 'PL',
    lang: 'en-US',
    description: 'Remote seal service of the Goniec sandbox: its seals are worth nothing',
    authType: ['oauth2client'],
    oauth2: `${origin}${cscPath}/`,
    methods: version === 'v1' ? methodsV1 : methodsV2
  }
  if (version === 'v1') return told
  return {
    ...told,
    asynchronousOperationMode: true,
    validationInfo: false,
    signAlgorithms: { algos: algorithmOids },
    // Documents are not taken, so no format of a signed document is offered.
    signature_formats: { formats: [], envelope_properties: [] },
    conformance_levels: []
  }
}
