// How the report looks. Everything is in the page itself: it can be sent to somebody, and opened without a network.

import LabKit

enum ReportStyle {
    /// The colour of each server as a CSS variable: `--s1: #5f6670;`
    private static func variables(_ shade: (Stage.Color) -> String) -> String {
        Stage.all.map { "--s\($0.number): \(shade($0.color));" }.joined(separator: " ")
    }

    /// What is drawn in a server's colour.
    private static let marks = ([0] + Stage.all.map(\.number)).map { number in
        // Others than the course's are drawn in the colour of the text.
        let (name, color) = ("s\(number)", number == 0 ? "var(--ink)" : "var(--s\(number))")
        return """
            text.\(name) { fill: \(color) !important; } .line.\(name), .leader.\(name) { stroke: \(color); }
            .mark.\(name), .bar.\(name) { fill: \(color); } .stage.\(name) { border-color: \(color); }
            """
    }.joined(separator: "\n")

    /// A whole page: it can be sent to somebody, and opened without a network.
    static func page(_ title: String, css: String = "", script: String = "", _ body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title)</title>
        <style>
        \(Self.css)
        \(css)
        </style>
        </head>
        <body>
        <main>
        <h1>\(title)</h1>
        \(body)
        </main>
        \(script.isEmpty ? "" : "<script>\n\(script)\n</script>")
        </body>
        </html>

        """
    }

    /// The colours of the stages are told apart by people who do not see all colours; marks and names say the same.
    static let css = """
        :root {
          color-scheme: light dark;
          --paper: #ffffff; --ink: #1c1e21; --soft: #5d646d; --rule: #d9dde2; --panel: #f5f6f8; --link: #0b5cad;
          \(variables(\.light))
          --wait: #f2b48c; --waitink: #5a2400; --think: #c3c8cf; --receive: #0b5cad; --stay: #7fa8cf;
          --add: #e2f3e6; --del: #fbe6e2; --note: #fff6d9;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14171b; --ink: #e7e9ec; --soft: #a3abb5; --rule: #363c44; --panel: #1d2127; --link: #7cb7f0;
            \(variables(\.dark))
            --wait: #8a4a22; --waitink: #ffe3d0; --think: #59616b; --receive: #7cb7f0; --stay: #48698a;
            --add: #163323; --del: #40211d; --note: #38311a;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
        main { max-width: 1020px; margin: 0 auto; padding: 28px 20px 80px; }
        h1 { font-size: 30px; line-height: 1.2; margin: 8px 0 6px; }
        h2 { font-size: 23px; line-height: 1.25; margin: 56px 0 6px; padding-top: 18px; border-top: 1px solid var(--rule); }
        h3 { font-size: 17px; margin: 26px 0 4px; }
        p { margin: 8px 0; max-width: 76ch; }
        a { color: var(--link); }
        code, pre { font: 13.5px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
        code { background: var(--panel); padding: 1px 5px; border-radius: 4px; overflow-wrap: anywhere; }
        pre code { background: none; padding: 0; overflow-wrap: normal; }
        nav { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 14px 0 6px; }
        .soft { color: var(--soft); }
        .question { font-size: 18px; }
        .finding { border-left: 4px solid var(--link); padding: 2px 0 2px 14px; }
        .problem { border-left: 4px solid var(--s2); padding: 2px 0 2px 14px; font-weight: 600; }
        details { margin: 12px 0; }
        summary { cursor: pointer; color: var(--link); }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 8px 28px; }
        figure { margin: 14px 0 4px; min-width: 0; }
        figcaption { font-weight: 600; margin-bottom: 4px; }
        .narrow { display: none; }
        @media (max-width: 700px) { .wide { display: none; } .narrow { display: block; } }
        .plot { display: block; width: 100%; height: auto; overflow: visible; }
        .plot text { font: 12px system-ui, sans-serif; fill: var(--ink); }
        .plot .tick, .plot .axis { fill: var(--soft); }
        .plot .name { font-weight: 600; }
        .plot .inside { fill: var(--waitink); font-size: 11px; }
        .plot .boxed { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .base { stroke: var(--soft); stroke-width: 1; }
        .line { fill: none; stroke-width: 2; }
        .leader { stroke-width: 1; opacity: 0.45; }
        .median { stroke: var(--ink); stroke-width: 1.5; }
        .tail { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 3 3; }
        \(marks)
        .span.connecting { fill: var(--ink); } .span.thinking { fill: var(--think); }
        .span.waiting { fill: var(--wait); } .span.receiving { fill: var(--receive); }
        .span.staying { fill: var(--stay); }
        .legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 10px 0; font-size: 14px; }
        .legend svg { width: 26px; height: 13px; vertical-align: -1px; margin-right: 6px; }
        .table { overflow-x: auto; margin: 12px 0; }
        table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-weight: 600; padding-bottom: 4px; }
        th, td { padding: 4px 12px; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
        thead th { white-space: normal; vertical-align: bottom; }
        th:first-child { text-align: left; padding-left: 0; position: sticky; left: 0; background: var(--paper); }
        tbody th { font-weight: 500; }
        .stages { display: grid; gap: 10px; margin: 18px 0; }
        .stage { border-left: 5px solid; padding: 0 0 0 12px; }
        .stage p { margin: 0; }
        .hunk { margin: 18px 0; border: 1px solid var(--rule); border-radius: 6px; overflow: hidden; }
        .hunk > p { margin: 0; padding: 8px 12px; background: var(--note); max-width: none; }
        .hunk pre { margin: 0; padding: 8px 0; overflow-x: auto; }
        .hunk .add, .hunk .del, .hunk .same { display: block; padding: 0 12px; white-space: pre; width: max-content;
          min-width: 100%; }
        .hunk .add { background: var(--add); } .hunk .del { background: var(--del); }
        """
}
