import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'

interface Schema {
  enum?: string[]
  properties?: object
  additionalProperties?: boolean
}

const file = join(resolve(process.env.GONIEC_SHARED ?? '../shared'), 'contracts/se-api_v.4.0.5.yaml')

/** Whether the official contract lies beside the project; tests that need it skip aloud where it does not. */
export const seApiContractIsHere = existsSync(file)

/** Schemas of request and answer, by the last part of the path. */
const calls: Record<string, [request: string, answer: string]> = {
  bae_search: ['BaeSearch', 'SearchResponse'],
  'eda-search': ['EdaSearch', 'EdaSearchResponses'],
  'eda-confirmation': ['EdaConfirmation', 'EdaConfirmationResponse']
}

/** Checks questions and answers of the Search Engine API against the official contract (version 4.0.5). */
export interface SeApiSchema {
  /** What is wrong; empty when nothing is. Fields that the contract does not know are wrong too. */
  faults(path: string, request: unknown, status: number, answer: unknown): string[]
}

/** Loads the contract. @throws Error when it is not there */
export function loadSeApiSchema(): SeApiSchema {
  const { components } = parse(readFileSync(file, 'utf8')) as { components: { schemas: Record<string, Schema> } }
  // declared as a string, listed as numbers: as written nothing could ever satisfy it
  components.schemas.AssignmentDegreeEnum!.enum = ['0', '1', '2', '3']
  for (const schema of Object.values(components.schemas)) if (schema.properties) schema.additionalProperties = false
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  ajv.addSchema({ $id: 'se-api', components })
  const faultsOf = (name: string, body: unknown): string[] => {
    const validate = ajv.compile({ $ref: `se-api#/components/schemas/${name}` })
    return validate(body) ? [] : (validate.errors ?? []).map(error => `${error.instancePath} ${error.message ?? ''}`)
  }
  return {
    faults(path, request, status, answer) {
      const call = calls[path.split('/').at(-1) ?? '']
      if (!call) return [`the contract has no ${path}`]
      // 404 is undocumented, but comes with the body of an error
      const shape = status === 200 ? call[1] : 'SearchEngineError'
      return [...faultsOf(call[0], request), ...faultsOf(shape, answer)]
    }
  }
}
