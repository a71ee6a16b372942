import { Controller, Get, Header } from '@nestjs/common'
import type { Scenario } from '../world/scenario.js'
import { scenarios } from '../world/scenarios.js'
import { WorldClock } from '../world/world-clock.js'

const surfaces: [path: string, pl: string, en: string][] = [
  ['/control', 'sterowanie: zegar, dziennik, scenariusze, awarie', 'levers: clock, ledger, scenarios, faults'],
  ['/tsa', 'znaczniki czasu (RFC 3161)', 'time stamps (RFC 3161)'],
  ['/tsa-2', 'drugi urząd znaczników czasu', 'a second time-stamp authority'],
  [
    '/pki',
    'unieważnienia i certyfikaty urzędów (OCSP, CRL)',
    'revocation and certificates of the authorities (OCSP, CRL)'
  ],
  ['/csc', 'zdalna pieczęć (CSC API v1.0.4 i v2.0)', 'remote seals (CSC API v1.0.4 and v2.0)'],
  ['/oidc', 'tożsamość użytkowników bramki (OpenID Connect)', 'identity of the gateway’s callers (OpenID Connect)'],
  ['/auth/realms/EDOR', 'tokeny operatora dla systemów', 'the operator’s tokens for systems'],
  ['/api/se/v4', 'baza adresów elektronicznych (SE API 4.0.5)', 'electronic addresses database (SE API 4.0.5)'],
  ['/api/v3', 'skrzynka doręczeń (UA API 3.0.8.2)', 'delivery mailbox (UA API 3.0.8.2)']
]

/** One page for people who open the sandbox in a browser, in Polish and English. */
@Controller()
export class FrontPageController {
  constructor(private readonly clock: WorldClock) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
  page(): string {
    return `<!doctype html>
<html lang="pl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Goniec: piaskownica / sandbox</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; color: #1b1b1b }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem .75rem; border-bottom: 1px solid #bbb }
code { white-space: nowrap }
</style>
</head>
<body>
<h1>Goniec: piaskownica <span lang="en">/ sandbox</span></h1>
<p>Udawany świat e-Doręczeń: żadna przesyłka stąd nie wychodzi. <span lang="en">A make-believe world of e-Delivery: no
letter ever leaves it.</span></p>
<p>Czas świata <span lang="en">/ world time</span>: <time>${this.clock.now().toISOString()}</time></p>
<h2>Powierzchnie <span lang="en">/ surfaces</span></h2>
${table(
  ['ścieżka / path', 'polski', 'English'],
  surfaces.map(([path, pl, en]) => [code(path), escaped(pl), english(en)])
)}
<h2>Adresy <span lang="en">/ addresses</span></h2>
${table(['adres / address', 'czyj / whose', 'co się dzieje', 'what happens'], scenarios.map(row))}
</body>
</html>
`
  }
}

function row({ ade, party, description }: Scenario): string[] {
  const name = party.kind === 'person' ? `${party.givenName} ${party.familyName}` : party.name
  return [code(ade), escaped(name), escaped(description.pl), english(description.en)]
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[], tag: string) => `<tr>${cells.map(cell => `<${tag}>${cell}</${tag}>`).join('')}</tr>`
  return `<table>\n${[line(head.map(escaped), 'th'), ...rows.map(cells => line(cells, 'td'))].join('\n')}\n</table>`
}

const code = (text: string) => `<code>${escaped(text)}</code>`
const english = (text: string) => `<span lang="en">${escaped(text)}</span>`
const escaped = (text: string) => text.replace(/[&<>"]/g, char => `&#${char.charCodeAt(0)};`)
