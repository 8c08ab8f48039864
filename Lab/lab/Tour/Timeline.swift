// What a client went through, by its own clock: the picture of who waits for whom.

import LabKit
import Shared

/// One client's way, from its first call to its last.
struct Timeline: Codable, Sendable, Equatable {
    enum Phase: String, Codable, Sendable, CaseIterable {
        /// `connect` has not returned.
        case connecting
        /// Half of a request is sent, and the client thinks before it sends the rest.
        case thinking
        /// A whole request is sent, and nothing has come back.
        case waiting
        case receiving
        /// Answered, and still connected.
        case staying
        /// Has asked, and reads nothing. Nobody in the tour does that.
        case ignoring

        /// Those of the tour.
        static let ofTour = allCases.filter { $0 != .ignoring }

        var symbol: Character { look.symbol }
        var meaning: String { look.meaning }
        /// For a box that has room for a word.
        var short: String { look.short }

        private var look: (symbol: Character, short: String, meaning: String) {
            switch self {
            case .connecting: ("·", "connects", "connecting")
            case .thinking: ("▒", "thinks", "has sent half a request, and thinks")
            case .waiting: ("░", "waits", "has asked, and waits")
            case .receiving: ("█", "", "the reply arrives")
            case .staying: ("─", "answered", "has its reply, and stays a while")
            case .ignoring: ("▚", "does not read", "has asked, and does not read")
            }
        }
    }

    /// Times in microseconds since the first client began.
    struct Span: Codable, Sendable, Equatable {
        let phase: Phase
        let start: Double
        let end: Double

        init(_ phase: Phase, _ start: Double, _ end: Double) {
            self.phase = phase
            self.start = start
            self.end = end
        }
    }

    let client: String
    let spans: [Span]

    var start: Double { spans.first?.start ?? 0 }
    var end: Double { spans.last?.end ?? 0 }

    /// How long it took to be connected.
    var connectTime: Double? { duration(of: .connecting) }
    /// How long it waited, from its whole request to the first byte of the reply.
    var waitingTime: Double? { duration(of: .waiting) }
    /// When the first byte of the reply came.
    var replyStart: Double? { spans.first { $0.phase == .receiving }?.start }

    private func duration(of phase: Phase) -> Double? {
        spans.first { $0.phase == phase }.map { $0.end - $0.start }
    }

    /// The line that draws it, `scale` microseconds in `width` columns.
    func line(scale: Double, width: Int) -> String {
        let cell = scale / Double(width)
        let symbols = (0..<width).map { column -> Character in
            let (start, end) = (Double(column) * cell, Double(column + 1) * cell)
            let here = spans.filter { $0.start < end && max($0.end, $0.start + 1) > start }
            // A reply is often shorter than a column, and is what everybody waits for: it is always drawn.
            if here.contains(where: { $0.phase == .receiving }) { return Phase.receiving.symbol }
            let longest = here.max { min($0.end, end) - max($0.start, start) < min($1.end, end) - max($1.start, start) }
            return longest?.phase.symbol ?? " "
        }
        return TextTable.trimmed(String(symbols))
    }

    /// The axis under such lines: `0`, then a mark every so often.
    static func axis(scale: Double, width: Int) -> String {
        let step = Ticks.step(for: scale, atMost: max(2, width / 12))
        var symbols = [Character](repeating: " ", count: width + 8)
        for time in stride(from: 0, through: scale, by: step) {
            let text = time == 0 ? "0" : Format.tick(time / 1000) + " ms"
            let column = Int(time / scale * Double(width))
            for (offset, symbol) in text.enumerated() where column + offset < symbols.count {
                symbols[column + offset] = symbol
            }
        }
        return TextTable.trimmed(String(symbols))
    }
}
