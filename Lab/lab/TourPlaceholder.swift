// To be replaced by the tour.

import LabKit

func runTour(_ arguments: [String]) throws {
    throw UsageError("the tour is not written yet")
}

func runDiff(_ arguments: [String]) throws {
    throw UsageError("the diff is not written yet")
}
