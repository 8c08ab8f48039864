// Figures for people: digits in groups, units that fit the size. Without Foundation, which has a formatter for each.

/// Numbers as text.
public enum Format {
    /// `12,345,678`.
    public static func count(_ value: Int) -> String {
        if value.magnitude < 1000 { return "\(value)" }
        let rest = String(value.magnitude % 1000)
        return count(value / 1000) + "," + String(repeating: "0", count: 3 - rest.count) + rest
    }

    /// With so many digits after the point: `3.10`.
    public static func number(_ value: Double, decimals: Int) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "-" }
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let scaled = Int((value.magnitude * Double(scale)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let whole = count(scaled / scale)
        if decimals == 0 { return sign + whole }
        let fraction = String(scaled % scale)
        return sign + whole + "." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }

    /// With three digits that mean something, no more: `0.0417`, `4.17`, `41.7`, `417`, `4,170`.
    public static func short(_ value: Double) -> String {
        let magnitude = value.magnitude
        if magnitude == 0 { return "0" }
        if magnitude >= 1000 { return number(rounded(value), decimals: 0) }
        if magnitude >= 99.95 { return number(value, decimals: 0) }
        if magnitude >= 9.995 { return number(value, decimals: 1) }
        if magnitude >= 0.9995 { return number(value, decimals: 2) }
        return number(value, decimals: magnitude >= 0.09995 ? 3 : 4)
    }

    /// For the marks of an axis, which stand at round numbers: `0.05`, `5`, `5,000`.
    public static func tick(_ value: Double) -> String {
        withoutZeros(short(value)[...])
    }

    /// `10 µs`, `1 ms`: the same for times.
    public static func tick(microseconds: Double) -> String {
        let parts = time(microseconds: microseconds).split(separator: " ")
        return withoutZeros(parts[0]) + " " + parts[1]
    }

    private static func withoutZeros(_ number: Substring) -> String {
        guard number.contains(".") else { return String(number) }
        var number = number
        while number.hasSuffix("0") { number.removeLast() }
        return String(number.hasSuffix(".") ? number.dropLast() : number)
    }

    /// `850 ns`, `12.3 µs`, `1.23 ms`, `2.50 s`.
    public static func time(microseconds: Double) -> String {
        let magnitude = microseconds.magnitude
        if magnitude == 0 { return "0 µs" }
        if magnitude < 0.9995 { return short(microseconds * 1000) + " ns" }
        if magnitude < 999.5 { return short(microseconds) + " µs" }
        if magnitude < 999_500 { return short(microseconds / 1000) + " ms" }
        return short(microseconds / 1_000_000) + " s"
    }

    /// The same of what may not have been measured: `-`.
    public static func time(microseconds: Double?) -> String { microseconds.map { time(microseconds: $0) } ?? "-" }
    public static func number(_ value: Double?, decimals: Int) -> String {
        value.map { number($0, decimals: decimals) } ?? "-"
    }

    /// `8.10 MB`, in powers of 1024 as the tools of the system count.
    public static func memory(_ bytes: Int) -> String {
        let value = Double(bytes)
        if value < 1024 { return "\(bytes) B" }
        if value < 1024 * 1024 { return short(value / 1024) + " KB" }
        if value < 1024 * 1024 * 1024 { return short(value / 1024 / 1024) + " MB" }
        return short(value / 1024 / 1024 / 1024) + " GB"
    }

    private static func rounded(_ value: Double) -> Double {
        var unit = 1.0
        while value.magnitude / unit >= 999.5 { unit *= 10 }
        return (value / unit).rounded() * unit
    }
}
