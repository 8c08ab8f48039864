import Testing

@testable import Shared

@Suite("ByteBuffer") struct ByteBufferTests {
    @Test func consumesFromTheFront() {
        var buffer = ByteBuffer()
        buffer.append("hello")
        buffer.consume(2)
        #expect(buffer.bytes.copy == Array("llo".utf8))
    }
}
