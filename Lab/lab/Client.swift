import LabKit

func runClient(_ arguments: [String]) throws {
    throw UsageError("not written yet")
}
