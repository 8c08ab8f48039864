// The experiments of the tour, and what each asks.

import LabKit

/// One of the experiments.
enum Experiment: String, CaseIterable, Sendable {
    case waiting, requests, connections, throughput, single, beyond

    var number: Int { Self.allCases.firstIndex(of: self)! + 1 }

    var title: String {
        switch self {
        case .waiting: "Who waits"
        case .requests: "What a request costs"
        case .connections: "What a connection costs"
        case .throughput: "Throughput and latency"
        case .single: "One client"
        case .beyond: "Beyond stage 5"
        }
    }

    var question: String {
        switch self {
        case .waiting:
            "A sends half a request and thinks. B, D and E come and ask; C asks for a large value and reads it "
                + "slowly. Who has to wait for whom?"
        case .requests:
            "What does a server do for one request, in processor time and in system calls, with more and more "
                + "clients, and with more and more requests in flight for each?"
        case .connections:
            "Thousands of clients are connected and silent, one is active. What do the silent ones cost, and does the "
                + "active one feel them?"
        case .throughput:
            "How many requests does each stage serve per second under the same load, and how long does each of them "
                + "take?"
        case .single:
            "One client, which waits for each reply before it asks again. Does it pay to be a later stage?"
        case .beyond:
            "Two servers go on from stage 5. Uring has the kernel read and write, and hears when it is done (io_uring); "
                + "Cores has a loop for each core. What does each of them save?"
        }
    }
}
