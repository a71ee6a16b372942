import { applyDecorators } from '@nestjs/common'
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger'
import { accessProblems } from '#access'
import { platformProblems, type ProblemType } from '#platform'
import { ProblemAnswer } from './answers.dto.js'
import { PROBLEM_MEDIA_TYPE, problemDocument } from './problem-document.js'

/** What every authenticated operation may answer. */
const ALWAYS = [
  accessProblems.unauthenticated,
  accessProblems['key-invalid'],
  accessProblems['token-invalid'],
  accessProblems['tenant-unknown'],
  accessProblems['role-missing'],
  accessProblems['identity-provider-unavailable'],
  platformProblems['database-unavailable'],
  platformProblems['internal-error']
]

const EXAMPLE_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

/** Says in OpenAPI with which problems an operation may end: one response per status, one example per code. */
export function ApiProblems(...types: ProblemType[]): MethodDecorator & ClassDecorator {
  const byStatus = Map.groupBy([...types, ...ALWAYS], type => type.status)
  const responses = [...byStatus].map(([status, kinds]) =>
    ApiResponse({
      status,
      description: kinds.map(kind => `\`${kind.code}\`: ${kind.en}`).join('\n\n'),
      content: {
        [PROBLEM_MEDIA_TYPE]: {
          schema: { $ref: getSchemaPath(ProblemAnswer) },
          examples: Object.fromEntries(
            kinds.map(kind => [kind.code, { value: problemDocument({ type: kind }, 'en', EXAMPLE_TRACE) }])
          )
        }
      }
    })
  )
  return applyDecorators(ApiExtraModels(ProblemAnswer), ...responses)
}
