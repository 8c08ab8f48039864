import LabKit

func runVersus(_ arguments: [String]) throws {
    throw UsageError("not written yet")
}
