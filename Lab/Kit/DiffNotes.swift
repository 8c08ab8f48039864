// The notes.

extension DiffNote {
    public static let all: [DiffNote] = []
}
