// The table that `strace -c` writes.

import LabKit

/// System calls by name.
enum SystemCallCounts {
    /// Reads the whole table; empty until its last line is there.
    ///
    ///     % time     seconds  usecs/call     calls    errors syscall
    ///     ------ ----------- ----------- --------- --------- ----------------
    ///      61.20    0.001234           3       321         2 read
    ///     ------ ----------- ----------- --------- --------- ----------------
    ///     100.00    0.002016           3       642         2 total
    static func parse(_ text: String) -> [String: Int] {
        var calls: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            // The column of errors is empty where there were none.
            guard fields.count >= 5, fields[0].contains("."), let count = Int(fields[3]), let name = fields.last else {
                continue
            }
            if name == "total" { return calls }
            calls[String(name)] = count
        }
        return [:]
    }
}
