// Runs as files: what `--json` writes, and `lab compare` reads.

import Foundation
import LabKit

/// A file with every figure of a run.
enum Record: Sendable {
    case tour(TourRecord)
    case versus(VersusRecord)

    /// - Throws: why the file is none.
    init(path: String) throws(LabError) {
        guard let data = FileManager.default.contents(atPath: path) else { throw LabError("cannot read \(path)") }
        if let tour = try? Self.decoder.decode(TourRecord.self, from: data) {
            self = .tour(tour)
        } else if let versus = try? Self.decoder.decode(VersusRecord.self, from: data) {
            self = .versus(versus)
        } else {
            throw LabError("\(path) was not written by --json of this version of lab, or of lab versus")
        }
    }

    /// A figure that is not finite has a name in the file.
    private static let names = ("infinity", "-infinity", "nan")

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: names.0, negativeInfinity: names.1, nan: names.2)
        return decoder
    }

    /// The text of such a file.
    static func text(_ record: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: names.0, negativeInfinity: names.1, nan: names.2)
        return String(decoding: try encoder.encode(record), as: UTF8.self) + "\n"
    }
}

/// A run of the tour.
struct TourRecord: Codable, Sendable {
    let level: TourPlan.Level
    let machine: Machine
    let stages: [Stage]
    let results: TourResults
}

/// A run of `lab versus`.
struct VersusRecord: Codable, Sendable {
    let rounds: Int
    let machine: Machine
    /// What ran where.
    let cores: String
    let measurements: [VersusReport]
}

/// The buckets that are not empty, and for people some figures that follow from them. All in nanoseconds.
extension LoadHistogram: Codable {
    private struct Figures: Codable {
        let buckets: [[Int]]
        let mean: Double
        let minimum: Int
        let maximum: Int
        let p50: Int
        let p99: Int
        let p999: Int
    }

    init(from decoder: any Decoder) throws {
        let figures = try Figures(from: decoder)
        self.init()
        for bucket in figures.buckets where bucket.count == 2 { record(bucket[0], times: bucket[1]) }
        restore(minimum: figures.minimum, maximum: figures.maximum, mean: figures.mean)
    }

    func encode(to encoder: any Encoder) throws {
        try Figures(
            buckets: buckets.map { [$0.upperBound, $0.count] }, mean: mean, minimum: minimum, maximum: maximum,
            p50: quantile(0.5), p99: quantile(0.99), p999: quantile(0.999)
        ).encode(to: encoder)
    }
}

/// A file that is written as a whole.
enum OutputFile {
    /// Said before a run, which takes a while.
    static func check(_ path: String) throws(LabError) {
        guard let file = fopen(path, "a") else {
            throw LabError("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        fclose(file)
    }

    static func write(_ text: String, to path: String) throws(LabError) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw LabError("cannot write \(path): \((error as NSError).localizedDescription)")
        }
    }
}
