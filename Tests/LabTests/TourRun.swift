// One run of `lab --quick`, which several tests look at.

import Foundation
import LabKit
import Shared
import TestSupport
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
        let folder = try TemporaryFolder()
        let (json, page) = (folder.file("lab.json"), folder.file("lab.html"))
        let process = try Self.start(arguments + ["--json", json, "--report", page], lab: lab)
        status = process.wait(within: Self.patience * 1000)
        output = process.output
        guard case .tour(let record) = try Record(path: json) else {
            throw LabError("no record of a tour; it printed: \(output)")
        }
        self.record = record
        self.page = (try? String(contentsOfFile: page, encoding: .utf8)) ?? ""
    }

    /// Starts the lab. Its standard output is a pipe, as is everybody's that is not a terminal.
    static func start(_ arguments: [String], lab: String? = nil) throws -> ServerProcess {
        try ServerProcess(command: [lab ?? "\(ServerProcess.buildFolder)/lab"] + arguments, wireProtocol: .resp2)
    }

    /// What cannot be done is said in one line, and the lab fails.
    static func expectFailure(_ command: [String], _ message: String) throws {
        let process = try ServerProcess(command: command)
        #expect(process.wait(within: 120_000) == .exited(1))
        #expect(process.output.hasPrefix(message), "\(process.output)")
        #expect(process.output.split(separator: "\n").count == 1, "\(process.output)")
    }

    // MARK: The figures

    var results: TourResults { record.results }
}
