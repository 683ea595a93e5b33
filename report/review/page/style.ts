/** How the page looks: on a screen of any width, in both schemes, and on paper with every detail open. */

export const style = `
:root { color-scheme: light dark; --ink: #1b1c1e; --paper: #fff; --soft: #54585f; --line: #c9ccd1; --tint: #f3f4f6; --lose: #a3201a; --gain: #14548c; --link: #0b57a4 }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e9eb; --paper: #16181b; --soft: #b4b9c0; --line: #454a51; --tint: #212429; --lose: #ff9d94; --gain: #8fc3ff; --link: #9cc8ff } }
* { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
header, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1rem }
header { padding-top: 1rem }
main > section:first-child h2 { margin-top: 1rem }
h1 { font-size: 1.3rem; margin: 0 }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem }
a { color: var(--link) }
code, .names li { font: .9em ui-monospace, monospace }
.verdict { font-size: 1.5rem; line-height: 1.3; margin: .5rem 0; font-weight: 600 }
.note { color: var(--soft); margin: .25rem 0 }
.refused { border-left: .3rem solid var(--lose); background: var(--tint); padding: .5rem 1rem; margin: 1rem 0 }
.refused h2 { border: 0; margin: 0; color: var(--lose) }
.line { display: block; background: var(--tint); padding: .5rem; margin: .5rem 0; user-select: all }
.lose { color: var(--lose) }
.gain { color: var(--gain) }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; min-width: 34rem; font-size: .95rem }
caption { text-align: left; color: var(--soft) }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); min-width: 4.5rem }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
details { margin: .25rem 0 }
summary { cursor: pointer; color: var(--link) }
.names { list-style: none; margin: .5rem 0; padding: 0; columns: 14rem }
td .names, th .names { columns: auto; margin: 0; font-weight: normal }
.filter { display: flex; flex-wrap: wrap; gap: 1rem; align-items: end; margin: .75rem 0; padding: .75rem; background: var(--tint) }
.filter label { display: block; font-size: .9rem }
.filter input { display: block; font: inherit; width: 16rem; max-width: 100%; padding: .3rem; color: inherit; background: var(--paper); border: 1px solid var(--soft) }
svg { display: block; width: 100%; max-width: 40rem; height: auto }
svg text { fill: var(--ink); font: 11px system-ui, sans-serif }
svg .bar-lose { fill: var(--lose) }
svg .bar-gain { fill: var(--gain) }
svg line { stroke: var(--soft) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: .5rem 0 }
dt { color: var(--soft) }
dd { margin: 0 }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr } dd { margin-bottom: .5rem } }
@media print {
  table { min-width: 0 }
  :root { --ink: #000; --paper: #fff; --soft: #333; --line: #999; --tint: #fff; --lose: #000; --gain: #000; --link: #000 }
  body { font-size: 10pt }
  .filter { display: none }
  .wide { overflow: visible }
  details::details-content { content-visibility: visible; block-size: auto; height: auto }
  summary { list-style: none }
  article, tr { break-inside: avoid }
  .names { columns: 10rem }
}
`;
