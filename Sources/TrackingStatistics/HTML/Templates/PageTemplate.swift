#if HTML
/// The page as a template of Mustache.
///
/// Values in two braces are escaped. Three braces are for pictures only, whose text is escaped when they are drawn.
enum PageTemplate {
    static let page = #"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <link rel="icon" href="data:,">
        <title>{{title}}</title>
        <style>{{{style}}}</style>
        </head>
        <body>
        <header>
        <h1>{{title}}</h1>
        <p class="about">{{about}}</p>
        <dl class="tiles">
        {{#tiles}}
        <div><dt>{{label}}</dt><dd>{{value}}</dd></div>
        {{/tiles}}
        </dl>
        <nav aria-label="Sections"><ul>
        {{#sections}}
        <li><a href="#{{id}}">{{title}}</a></li>
        {{/sections}}
        </ul></nav>
        </header>
        <main>
        {{#memory}}
        <section id="memory"><h2>Memory of the process</h2>
        {{#figures}}{{> figure}}{{/figures}}
        {{#warmUp}}<p class="note">{{.}}</p>{{/warmUp}}
        {{#spikes}}
        <div class="card spikes"><h3>{{spikeCount}}</h3>
        {{> table}}
        </div>
        {{/spikes}}
        </section>
        {{/memory}}
        {{#classes}}
        <section id="classes"><h2>Classes over time</h2>
        {{#bytes}}{{> figure}}{{/bytes}}
        {{#instances}}{{> figure}}{{/instances}}
        </section>
        {{/classes}}
        {{#growth}}
        <section id="growth"><h2>Largest growth</h2>
        <p class="note">{{span}}</p>
        {{> growth}}
        {{#hasSuspects}}
        <div class="card suspects"><h3>May leak</h3>
        <p class="note">Its smallest size grows from one span of time to the next and never falls back.</p>
        {{#suspects}}{{> suspect}}{{/suspects}}
        </div>
        {{/hasSuspects}}
        </section>
        {{/growth}}
        {{#snapshots}}
        <section id="snapshots"><h2>Snapshots</h2>
        {{#figure}}{{> figure}}{{/figure}}
        {{#notes}}<p class="note">{{.}}</p>
        {{/notes}}
        </section>
        {{/snapshots}}
        {{#lifetimes}}
        <section id="lifetimes"><h2>Lifetimes</h2>
        {{#figure}}{{> figure}}{{/figure}}
        </section>
        {{/lifetimes}}
        {{#all}}
        <section id="all"><h2>All classes</h2>
        {{> classes}}
        {{#detailNote}}<p class="note">{{.}}</p>{{/detailNote}}
        {{#details}}{{> class}}{{/details}}
        </section>
        {{/all}}
        {{^sections}}
        <p class="card">No memory, classes or objects were recorded.</p>
        {{/sections}}
        </main>
        <footer><p>Made by class-tracker {{source}}. Sizes are in binary units; times are UTC.</p></footer>
        </body>
        </html>
        """#

    static let figure = #"""
        <figure class="card">
        <figcaption>{{caption}}</figcaption>
        {{#hasLegend}}
        <ul class="legend">{{#legend}}<li title="{{name}}"><span class="{{shape}}{{color}}"></span>{{short}}</li>{{/legend}}</ul>
        {{/hasLegend}}
        <div class="plot">{{{svg}}}</div>
        <details class="numbers"><summary>Numbers</summary>{{#table}}{{> table}}{{/table}}</details>
        </figure>
        """#

    static let table = #"""
        <div class="scroll" tabindex="0"><table><thead><tr><th scope="col">{{first}}</th>{{#headings}}<th scope="col">{{.}}</th>{{/headings}}</tr></thead><tbody>
        {{#rows}}<tr><th scope="row">{{head}}</th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
        {{/rows}}</tbody></table></div>
        {{#note}}<p class="note">{{.}}</p>
        {{/note}}
        """#

    static let growth = #"""
        <div class="card scroll" tabindex="0"><table class="growth"><thead><tr><th scope="col">Class</th><th scope="col" class="picture"><span class="hidden">Bar</span></th><th scope="col">Growth</th><th scope="col" class="wide">First</th><th scope="col" class="wide">Last</th><th scope="col">Instances</th></tr></thead><tbody>
        {{#rows}}<tr><th scope="row" title="{{name}}"><a href="#class-{{position}}">{{short}}</a></th><td class="picture">{{{bar}}}</td><td>{{growth}}</td><td class="wide">{{before}}</td><td class="wide">{{after}}</td><td>{{instances}}</td></tr>
        {{/rows}}</tbody></table></div>
        {{^rows}}<p class="note">No class has grown or shrunk.</p>{{/rows}}
        """#

    static let suspect = #"""
        <details class="site"{{#isFirst}} open{{/isFirst}}><summary><strong title="{{name}}">{{short}}</strong> <span class="figures">{{growth}} and {{instances}} instances more over {{snapshots}} snapshots</span></summary>
        <div class="inner">{{#table}}{{> table}}{{/table}}
        {{#sites}}<p>{{instances}} of the live ones were created by</p><ol class="stack">{{#frames}}<li>{{.}}</li>{{/frames}}</ol>{{/sites}}</div>
        </details>
        """#

    static let classes = #"""
        <div class="card scroll" tabindex="0"><table class="classes"><thead><tr><th scope="col">Class</th><th scope="col" class="picture wide"><span class="hidden">Share</span></th><th scope="col">Bytes</th><th scope="col" class="wide">Largest</th><th scope="col" class="wide">Average</th><th scope="col">Alive</th><th scope="col" class="wide">Created</th><th scope="col" class="wide">Destroyed</th></tr></thead><tbody>
        {{#rows}}<tr><th scope="row" title="{{name}}"><span class="named"><span class="key-area f{{color}}"></span>{{#hasSection}}<a href="#class-{{position}}">{{short}}</a>{{/hasSection}}{{^hasSection}}<span>{{short}}</span>{{/hasSection}}</span></th><td class="picture wide">{{{bar}}}</td><td>{{bytes}}</td><td class="wide">{{largest}}</td><td class="wide">{{average}}</td><td>{{active}}</td><td class="wide">{{created}}</td><td class="wide">{{destroyed}}</td></tr>
        {{/rows}}</tbody></table></div>
        """#

    static let details = #"""
        <details class="card class"{{#isOpen}} open{{/isOpen}}><summary><span class="key-area f{{color}}"></span><span class="class-name" title="{{name}}">{{short}}</span><span class="figures">{{bytes}} · {{active}} alive</span></summary>
        <div id="class-{{position}}" class="anchor"></div>
        {{#hasFigures}}<div class="pair">{{#figures}}{{> figure}}{{/figures}}</div>{{/hasFigures}}
        {{#objects}}<h3>Largest objects</h3>{{> table}}{{/objects}}
        {{#hasTree}}<h3>Referents</h3><p class="note">{{treeNote}}</p>
        <div class="scroll" tabindex="0"><table class="tree"><thead><tr><th scope="col">Referent</th><th scope="col" class="picture wide"><span class="hidden">Share</span></th><th scope="col">Bytes</th><th scope="col">Share</th></tr></thead><tbody>
        {{#tree}}<tr><th scope="row" class="depth{{depth}}" title="{{name}}">{{short}}</th><td class="picture wide">{{{bar}}}</td><td>{{size}}</td><td>{{part}}</td></tr>
        {{/tree}}</tbody></table></div>{{/hasTree}}
        {{#hasSites}}<h3>Where they were created</h3>{{#sites}}<details class="site"><summary>{{live}} alive, {{dead}} dead: <code>{{place}}</code></summary><ol class="stack">{{#frames}}<li>{{.}}</li>{{/frames}}</ol></details>{{/sites}}{{/hasSites}}
        </details>
        """#
}
#endif
