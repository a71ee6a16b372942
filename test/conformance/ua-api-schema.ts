import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'

type Schema = Record<string, unknown>

interface Content {
  $ref?: string
  content?: Record<string, { schema: Schema }>
}

interface Operation {
  parameters?: { name?: string; in?: string; required?: boolean; schema?: Schema; $ref?: string }[]
  requestBody?: Content
  responses?: Record<string, Content>
}

interface Contract {
  paths: Record<string, Record<string, Operation>>
  components: {
    schemas: Record<string, Schema & { required?: string[]; properties?: Record<string, Schema> }>
    requestBodies: Record<string, Content>
    responses: Record<string, Content>
    parameters?: Record<string, { name?: string; in?: string; required?: boolean; schema?: Schema }>
  }
}

/** Statuses that occur in practice although the contract describes none of them. */
const UNDOCUMENTED = [401, 403, 404, 429, 500, 502, 503, 504]

const file = join(resolve(process.env.GONIEC_SHARED ?? '../shared'), 'contracts/uaapi_3.0.8.2.yaml')

/** Whether the official contract lies beside the project; tests that need it skip aloud where it does not. */
export const uaApiContractIsHere = existsSync(file)

/** Checks requests and answers of the UA API against the official contract (version 3.0.8.2). */
export interface UaApiSchema {
  /**
   * What is wrong with an answer; empty when nothing is. Fields that the contract does not know are wrong too.
   *
   * @param pathTemplate as in the contract, such as `/{eDeliveryAddress}/drafts`
   * @param body the parsed JSON, or undefined for a binary body
   */
  validateAnswer(method: string, pathTemplate: string, status: number, body: unknown): string[]
  /** The contract's own name of a path, such as `/{eDeliveryAddress}/drafts`, or undefined when it has none like it. */
  templateOf(method: string, path: string): string | undefined
  /** What is wrong with the query of a request: unknown or missing parameters, values that are not allowed. */
  validateQuery(method: string, pathTemplate: string, query: URLSearchParams): string[]
  /** The same for the body of a request; of a multipart body, its fields by name. */
  validateRequest(method: string, pathTemplate: string, body: unknown): string[]
}

/** Loads the contract. @throws Error when it is not there */
export function loadUaApiSchema(): UaApiSchema {
  const contract = parse(readFileSync(file, 'utf8')) as Contract
  repair(contract)
  closeObjects(contract.components.schemas)
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addFormat('binary', true)
  ajv.addFormat('int64', true)
  ajv.addSchema({ $id: 'contract', components: contract.components })
  const compiled = new Map<Schema, ValidateFunction>()

  const faultsOf = (schema: Schema, body: unknown): string[] => {
    const validate = compiled.get(schema) ?? ajv.compile(rebased(schema))
    compiled.set(schema, validate)
    if (validate(body)) return []
    return (validate.errors ?? []).map(
      error => `${error.instancePath || '/'} ${error.message ?? ''} ${JSON.stringify(error.params)}`
    )
  }

  const operation = (method: string, path: string): Operation | undefined =>
    contract.paths[path]?.[method.toLowerCase()]

  // of several that fit, the one that is named most exactly: `/drafts/send` before `/drafts/{messageId}`
  const templates = Object.keys(contract.paths)
    .map(template => ({
      template,
      exact: template.replace(/\{[^}]+\}/g, '').length,
      pattern: new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`)
    }))
    .sort((a, b) => b.exact - a.exact)

  return {
    templateOf(method, path) {
      return templates.find(({ template, pattern }) => pattern.test(path) && operation(method, template))?.template
    },
    validateQuery(method, pathTemplate, query) {
      const named = (operation(method, pathTemplate)?.parameters ?? [])
        .map(entry => (entry.$ref ? contract.components.parameters?.[entry.$ref.split('/').at(-1) ?? ''] : entry))
        .filter(entry => entry?.in === 'query')
      const unknown = [...query.keys()].filter(name => !named.some(entry => entry?.name === name))
      const missing = named.filter(entry => entry?.required && !query.has(entry.name ?? ''))
      const wrong = named.flatMap(entry => {
        const value = query.get(entry?.name ?? '')
        if (value === null || !entry?.schema) return []
        const typed = /^(true|false|-?\d+)$/.test(value) ? (JSON.parse(value) as unknown) : value
        return faultsOf(entry.schema, typed).map(fault => `${entry.name} ${fault}`)
      })
      return [
        ...unknown.map(name => `the contract has no parameter ${name}`),
        ...missing.map(entry => `the parameter ${entry?.name} is missing`),
        ...wrong
      ]
    },
    validateAnswer(method, pathTemplate, status, body) {
      const described = operation(method, pathTemplate)
      if (!described) return [`the contract has no ${method} ${pathTemplate}`]
      const response = resolved(described.responses?.[status], contract.components.responses)
      if (!response) return UNDOCUMENTED.includes(status) ? [] : [`the contract has no answer ${status}`]
      const schema = response.content?.['application/json']?.schema
      if (schema) return faultsOf(schema, body)
      return response.content && body !== undefined ? ['the contract has a binary body here'] : []
    },
    validateRequest(method, pathTemplate, body) {
      const described = operation(method, pathTemplate)
      if (!described) return [`the contract has no ${method} ${pathTemplate}`]
      const request = resolved(described.requestBody, contract.components.requestBodies)
      const schema = Object.values(request?.content ?? {})[0]?.schema
      if (!schema) return body === undefined ? [] : ['the contract has no body here']
      return faultsOf(schema, body)
    }
  }
}

/** Mends what the contract is known to say wrongly: fields that it demands without describing them, and patch values. */
function repair(contract: Contract): void {
  const { schemas } = contract.components
  const declare = (name: string, fields: Record<string, Schema>) => {
    const schema = schemas[name]
    if (!schema) throw new Error(`the contract has no schema ${name}`)
    schema.required = (schema.required ?? []).filter(field => !(field in fields))
    schema.properties = { ...schema.properties, ...fields }
  }
  declare('MessagesWrapper', { resultSize: { type: 'integer' } })
  declare('Conditions', { typeConditions: {} })
  declare('MessageOperationResponseWrapperStatus', { addresseeAde: { type: 'string' }, status: { type: 'string' } })
  const patch = schemas.PatchBody as { items?: { properties?: Record<string, Schema> } } | undefined
  if (patch?.items?.properties) patch.items.properties.value = {}
}

/** Without this an answer could hold any field: the contract leaves its objects open. */
function closeObjects(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  const schema = node as Schema
  if (schema.type === 'object' && schema.properties && !('additionalProperties' in schema)) {
    schema.additionalProperties = false
  }
  for (const child of Object.values(schema)) closeObjects(child)
}

function resolved(content: Content | undefined, named: Record<string, Content>): Content | undefined {
  return content?.$ref ? named[content.$ref.split('/').at(-1) ?? ''] : content
}

/** The same schema with its references led into the contract as it was registered. */
function rebased(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"contract#/components/')) as Schema
}
