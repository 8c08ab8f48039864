// The one error of the lab: nobody handles these apart, a person reads them.

/// Why something cannot be done, in a line for a person.
public struct LabError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
