// Holds a value that cannot be copied where only a copyable one fits, such as in an array.

/// Owns a value, and shares it by reference.
public final class Box<Value: ~Copyable> {
    /// The value, to be used where it is.
    public var value: Value

    /// Takes `value` over.
    public init(_ value: consuming Value) {
        self.value = value
    }
}
