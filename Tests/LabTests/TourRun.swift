// One run of `lab --quick`, which several tests look at.

import Foundation
import LabKit
import Shared
import Testing

@testable import lab

/// What a run of the whole tour left behind.
struct TourRun {
    let status: ServerProcess.ExitStatus?
    let output: String
    let record: TourRecord
    let page: String

    /// Seconds after which a run is given up. It takes twenty on an idle machine, without a sanitizer.
    static let patience: Int64 = 600

    /// Run once, by the first who asks.
    static let quick = Result { try TourRun(["--quick", "--no-questions"]) }

    init(_ arguments: [String], lab: String? = nil) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (json, page) = (folder.appendingPathComponent("lab.json"), folder.appendingPathComponent("lab.html"))
        let process = try Self.start(arguments + ["--json", json.path, "--report", page.path], lab: lab)
        status = process.wait(within: Self.patience * 1000)
        output = process.output
        guard case .tour(let record) = try Record(path: json.path) else {
            throw LabError("no record of a tour; it printed: \(output)")
        }
        self.record = record
        self.page = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    }

    /// Starts the lab. Its standard output is a pipe, as is everybody's that is not a terminal.
    static func start(_ arguments: [String], lab: String? = nil) throws -> ServerProcess {
        try ServerProcess(command: [lab ?? "\(ServerProcess.buildFolder)/lab"] + arguments, wireProtocol: .resp2)
    }

    // MARK: The figures

    var results: TourResults { record.results }
}
