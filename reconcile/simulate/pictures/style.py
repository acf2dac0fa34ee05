"""How the page of a run looks: colours for light and dark, a tree with lines, a line of time."""

from __future__ import annotations

from typing import Final

__all__ = ["STYLE"]

STYLE: Final = """\
:root {
  --ground: #f6f7f9; --paper: #ffffff; --ink: #1b2430; --soft: #56616f; --line: #d9dee5;
  --code: #f0f2f5; --accent: #1f5fd0; --accent-soft: #e6effd; --user: #7a3fc4;
  --actor: #56707f; --good: #14693c; --good-soft: #dff3e6; --bad: #a3261b;
  --bad-soft: #fde7e4; --going: #7a5300; --going-soft: #fdf0d0; --plain-soft: #e9ecf1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f141a; --paper: #171e26; --ink: #e4e9ef; --soft: #9daab8; --line: #2c3743;
    --code: #202933; --accent: #7eb0ff; --accent-soft: #1a2b46; --user: #c9a4ff;
    --actor: #93adbc; --good: #7fdca2; --good-soft: #15331f; --bad: #ff9d92;
    --bad-soft: #40201d; --going: #f3cd79; --going-soft: #3a2e12; --plain-soft: #25303b;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif;
}
code, pre, .time, .version {
  font-family: ui-monospace, "SF Mono", "Cascadia Code", "DejaVu Sans Mono", monospace;
}
header, main { max-width: 92rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2rem; }
main { padding-bottom: 4rem; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
a:hover { color: var(--accent); text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
.over {
  margin: 0; color: var(--soft); font-size: .8rem; letter-spacing: .08em;
  text-transform: uppercase;
}
h1 {
  margin: .1rem 0 1rem; font-size: 1.9rem; line-height: 1.2; display: flex; flex-wrap: wrap;
  gap: .8rem; align-items: center; overflow-wrap: anywhere;
}
h1 .state { font-size: .95rem; padding: .2rem .8rem; }
h2 { margin: 0 0 .9rem; font-size: 1.1rem; }
h3 { margin: 0; font-size: .95rem; font-weight: 600; }
.counts { display: flex; flex-wrap: wrap; gap: .7rem; margin: 0 0 1.2rem; }
.counts div {
  display: flex; flex-direction: column-reverse; min-width: 7.5rem; padding: .5rem 1rem;
  background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
}
.counts dt { color: var(--soft); font-size: .8rem; }
.counts dd { margin: 0; font-size: 1.35rem; font-weight: 650; font-variant-numeric: tabular-nums; }
section {
  background: var(--paper); border: 1px solid var(--line); border-radius: 12px;
  padding: 1.2rem 1.4rem; margin-bottom: 1.2rem;
}
.columns {
  display: grid; gap: 1.2rem; align-items: start;
  grid-template-columns: minmax(18rem, 4fr) minmax(0, 8fr);
}
.columns section { margin: 0 0 1.2rem; }
@media (max-width: 62rem) { .columns { display: block; } }
@media (min-width: 62.01rem) {
  .tree { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow: auto; }
}
.state {
  display: inline-block; padding: 0 .55em; border-radius: 1em; font-size: .8rem; font-weight: 550;
  background: var(--plain-soft); color: var(--soft);
}
.state.good { background: var(--good-soft); color: var(--good); }
.state.bad { background: var(--bad-soft); color: var(--bad); }
.state.going { background: var(--going-soft); color: var(--going); }
.kind { color: var(--soft); font-size: .85rem; }
.error { border-color: var(--bad); border-left-width: 5px; }
.error pre, .error ul { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.note, .empty { color: var(--soft); margin: -.5rem 0 .8rem; font-size: .85rem; }

.tree ul { list-style: none; margin: 0; padding: 0; }
.tree .roots > li + li { margin-top: .7rem; }
.tree .roots > li > .node { font-weight: 650; }
.tree .roots > li > .node > span { font-weight: 550; }
.tree li { position: relative; }
.tree .node { padding: .14rem 0; overflow-wrap: anywhere; }
.tree ul ul { padding-left: .5rem; }
.tree ul ul > li { padding-left: 1.25rem; }
.tree ul ul > li::before, .tree ul ul > li::after {
  content: ""; position: absolute; left: 0; border-color: var(--line); border-style: solid;
}
.tree ul ul > li::before { top: 0; height: 100%; border-width: 0 0 0 2px; }
.tree ul ul > li:last-child::before { height: .88rem; }
.tree ul ul > li::after { top: .85rem; width: .9rem; border-width: 2px 0 0 0; }
.tree li.related::after, .tree li.volume::after { border-style: dashed; }

.timeline ol { list-style: none; margin: 0; padding: 0; }
.timeline ol > li { display: grid; grid-template-columns: 4.2rem minmax(0, 1fr); }
.time { color: var(--soft); font-size: .82rem; text-align: right; padding: .12rem .9rem 0 0; }
.time.again { opacity: 0; }
.event, .more p {
  position: relative; border-left: 2px solid var(--line); padding: 0 0 .8rem 1.2rem; margin: 0;
}
.timeline ol > li:last-child > .event { border-left-color: transparent; padding-bottom: 0; }
.event::before {
  content: ""; position: absolute; left: -.44rem; top: .42rem; width: .75rem; height: .75rem;
  border-radius: 50%; background: var(--actor); border: 2px solid var(--paper);
}
.sync > .event::before { background: var(--accent); }
.user > .event::before { background: var(--user); border-radius: 3px; }
.still > .event::before { background: var(--paper); border-color: var(--accent); }
.wrong > .event::before { background: var(--bad); border-color: var(--paper); }
.who { color: var(--actor); font-weight: 550; }
.sync .who { color: var(--accent); }
.user .who { color: var(--user); }
.still h3, .still .summary {
  display: inline; font-weight: 450; font-size: .88rem; color: var(--soft);
}
.still h3::after { content: ": "; }
.summary { margin: 0; color: var(--soft); }
.wrong .summary { color: var(--bad); }
.more p { color: var(--soft); font-style: italic; border-left-style: dotted; }
.event ul { list-style: none; margin: .2rem 0 0; padding: 0; }
.event ul li { display: flex; gap: .55rem; overflow-wrap: anywhere; }
.event .sign {
  flex: none; width: 1.3em; height: 1.3em; margin-top: .12rem; border-radius: 4px;
  font: 700 .85rem/1.3 ui-monospace, "DejaVu Sans Mono", monospace; text-align: center;
  background: var(--plain-soft); color: var(--soft);
}
.create > .sign { background: var(--good-soft); color: var(--good); }
.update > .sign { background: var(--going-soft); color: var(--going); }
.delete > .sign, .warning > .sign { background: var(--bad-soft); color: var(--bad); }
.places code {
  font-size: .78rem; background: var(--code); border-radius: 4px; padding: .05rem .35rem;
  color: var(--soft); display: inline-block; max-width: 100%;
}
.event details summary { color: var(--soft); cursor: pointer; margin-left: 1.75rem; }

.objects details { border-top: 1px solid var(--line); }
.objects pre:target { outline: 2px solid var(--accent); scroll-margin-top: 4rem; }
.objects summary { padding: .5rem .3rem; cursor: pointer; overflow-wrap: anywhere; }
.objects summary:hover { background: var(--code); }
.version { color: var(--soft); font-size: .78rem; float: right; padding-top: .15rem; }
.objects pre {
  margin: 0 0 1rem; padding: .9rem 1.1rem; background: var(--code); border-radius: 8px;
  overflow-x: auto; font-size: .82rem; line-height: 1.5;
}
.key { color: var(--accent); }
@media (max-width: 40rem) {
  header, main { padding: 0 .8rem; } header { padding-top: 1rem; }
  section { padding: 1rem .9rem; }
  .timeline ol > li { grid-template-columns: 3.4rem minmax(0, 1fr); }
  .time { padding-right: .7rem; } .event, .more p { padding-left: 1rem; }
}
@media print {
  body { background: none; } section { break-inside: auto; border: 0; padding: 0; }
  .tree { position: static; max-height: none; }
}
"""
