// Who waits, as one picture in a file: for README, and for anybody who wants to show it. It has its colours in it.

import LabKit

extension Tour {
    /// An SVG file with the clients of every stage that was run, one stage below the other.
    var waitingPicture: String {
        let timelines = results.waiting.flatMap { result in
            [Timeline(client: result.stage.title, spans: [])] + result.timelines
        }
        let scale = timelines.map(\.end).max() ?? 0
        let plot = TimelinePlot(title: "Who waits for whom", timelines: timelines, scale: scale).svg
        // What an element in a page has from the page: its language, its colours and what is behind it.
        guard plot.hasPrefix("<svg "), let end = plot.firstIndex(of: ">") else { return plot }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" " + plot[..<end].dropFirst(5) + ">"
            + "<style>\(ReportStyle.css)</style>\n<rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>"
            + plot[end...].dropFirst()
    }
}
