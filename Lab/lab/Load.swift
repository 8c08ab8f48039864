import LabKit

func runLoad(_ arguments: [String]) throws {
    throw UsageError("not written yet")
}
