// `lab diff 3 4`: what changes from one stage to the next.

import LabKit

func runDiff(_ arguments: [String]) throws {
    throw UsageError("not written yet")
}
