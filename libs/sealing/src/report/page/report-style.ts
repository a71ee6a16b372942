import { createHash } from 'node:crypto'

/** All of the page's looks. Results are told by words and the shape of the border first, by colour only besides. */
export const reportStyle = `
:root{color-scheme:light}
body{font:1rem/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;max-width:62rem;margin:0 auto;padding:1.5rem 1rem;overflow-wrap:anywhere}
h1{font-size:1.75rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.35rem;line-height:1.3;margin:2.5rem 0 .75rem;padding-top:1rem;border-top:2px solid #1b1b1b}
h3{font-size:1.1rem;margin:1.75rem 0 .5rem}
h4,h5{font-size:1rem;margin:1rem 0 .25rem}
p,ul,ol{margin:.5rem 0}
a{color:#0b4f9e}
a:focus-visible,.scroll:focus-visible{outline:3px solid #0b4f9e;outline-offset:2px}
code{font:.9em/1.4 ui-monospace,monospace}
th{overflow-wrap:normal}
dl{margin:.5rem 0}
dl>div{display:grid;grid-template-columns:minmax(11rem,17rem) 1fr;gap:0 1rem;padding:.3rem 0;border-bottom:1px solid #d5d5d5}
dt{color:#4a4a4a}
dd{margin:0}
.utc{color:#4a4a4a;white-space:nowrap}
.result,.alert{padding:.75rem 1rem;margin:1rem 0;border:2px solid;border-left-width:.75rem;break-inside:avoid}
.result p:first-child{font-size:1.25rem;font-weight:700;margin:0}
.result h3{margin:.75rem 0 .25rem}
.passed{border-color:#1d6b34;background:#eef7f0}
.indeterminate{border-color:#8a5a00;border-style:dashed;background:#fff7e6}
.failed{border-color:#a31515;border-style:double;background:#fdf0f0}
.alert{border-color:#a31515;background:#fdf0f0;font-weight:600}
.alert p{margin:0}
.card{border-left:4px solid #767676;padding:.25rem 0 .25rem 1rem;margin:.75rem 0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid #d5d5d5}
footer{margin-top:2.5rem;padding-top:1rem;border-top:2px solid #1b1b1b}
@media (max-width:40rem){dl>div{grid-template-columns:1fr}}
@media print{body{max-width:none;padding:0;font-size:10pt}h2{break-after:avoid}h3,h4,h5{break-after:avoid}a{color:inherit;text-decoration:none}.scroll{overflow:visible}.card,dl>div,tr{break-inside:avoid}@page{margin:15mm}}
`

/** SHA-256 of the style, in base64: a content policy with `style-src 'sha256-…'` lets exactly this style apply. */
export const reportStyleSha256 = createHash('sha256').update(reportStyle).digest('base64')
