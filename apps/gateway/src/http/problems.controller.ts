import { createHash } from 'node:crypto'
import { Controller, Get, Headers, Param, Res } from '@nestjs/common'
import { ApiExcludeController } from '@nestjs/swagger'
import type { FastifyReply } from 'fastify'
import { problemCatalogue, Refused, type ProblemType } from '#platform'
import { Public } from './caller.guard.js'
import { gatewayProblems } from './gateway.errors.js'
import { preferredLanguage, type Language } from './language.js'

/** The catalogue of problems: where the `type` of every problem leads. For people as HTML, for programs as JSON. */
@ApiExcludeController()
@Public()
@Controller('problems')
export class ProblemsController {
  @Get()
  all(@Headers() headers: Record<string, string | undefined>, @Res() reply: FastifyReply): void {
    answer(headers, reply, problemCatalogue(), problemCatalogue())
  }

  /** @throws Refused `gateway/problem-unknown` */
  @Get(':lib/:name')
  one(
    @Param('lib') lib: string,
    @Param('name') name: string,
    @Headers() headers: Record<string, string | undefined>,
    @Res() reply: FastifyReply
  ): void {
    const found = problemCatalogue().find(({ code }) => code === `${lib}/${name}`)
    if (!found) throw new Refused(gatewayProblems['problem-unknown'])
    answer(headers, reply, found, [found])
  }
}

function answer(
  headers: Record<string, string | undefined>,
  reply: FastifyReply,
  json: ProblemType | ProblemType[],
  problems: ProblemType[]
): void {
  void reply.header('Vary', 'Accept, Accept-Language')
  if (!wantsHtml(headers['accept'])) {
    void reply.type('application/json; charset=utf-8').send(JSON.stringify(json))
    return
  }
  const language = preferredLanguage(headers['accept-language'])
  void reply
    .headers({ 'Content-Language': language, 'Content-Security-Policy': PAGE_POLICY })
    .type('text/html; charset=utf-8')
    .send(page(problems, language))
}

/** Browsers name text/html first; programs ask for JSON or for anything. */
function wantsHtml(accept: string | undefined): boolean {
  const [html, json] = ['text/html', 'json'].map(type => (accept ?? '').indexOf(type))
  return html! >= 0 && (json! < 0 || html! < json!)
}

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:.4rem .8rem;border-bottom:1px solid #ccc}
a{color:#0b4f9e}code{font-size:.95em}`

const PAGE_POLICY =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; ` +
  `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const WORDS: Record<Language, { title: string; code: string; status: string; meaning: string; other: string }> = {
  pl: { title: 'Problemy', code: 'Kod', status: 'Status HTTP', meaning: 'Znaczenie', other: 'Po angielsku' },
  en: { title: 'Problems', code: 'Code', status: 'HTTP status', meaning: 'Meaning', other: 'In Polish' }
}

function page(problems: ProblemType[], language: Language): string {
  const words = WORDS[language]
  const other = language === 'pl' ? 'en' : 'pl'
  const rows = problems.map(
    problem => `<tr id="${escape(problem.code)}">
<td><a href="/problems/${escape(problem.code)}"><code>${escape(problem.code)}</code></a></td><td>${problem.status}</td>
<td>${escape(problem[language])}</td><td lang="${other}">${escape(problem[other])}</td></tr>`
  )
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Goniec: ${words.title}</title><style>${STYLE}</style></head>
<body><main><h1>${words.title}</h1><table><thead><tr><th scope="col">${words.code}</th>
<th scope="col">${words.status}</th><th scope="col">${words.meaning}</th><th scope="col">${words.other}</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></main></body></html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`)
}
