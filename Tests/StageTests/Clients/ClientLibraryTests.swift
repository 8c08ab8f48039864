// Client libraries as their users have them, against stages 4 and 5: client_libraries.py does with each what is usually
// done first. They live in .build/clients-venv, which `.ci/run install` makes.

@preconcurrency import Glibc
import LabKit
import TestSupport
import Testing

/// Where they are, and how each is used.
enum ClientLibraries {
    static let names = [
        "redis_py", "redis_py_asyncio", "valkey_py", "valkey_glide", "coredis", "cachelib", "flask_caching", "django",
        "django_redis", "dogpile_cache", "aiocache", "walrus",
    ]
    static let python = Checkout.folder + "/.build/clients-venv/bin/python"
    static let script = Checkout.folder + "/Tests/StageTests/Clients/client_libraries.py"

    static let areInstalled = access(python, X_OK) == 0
    static let areMissing: Comment = "needs the client libraries in .build/clients-venv (bash .ci/run install)"
}

@Suite("Redis: client libraries", .enabled(if: ClientLibraries.areInstalled, ClientLibraries.areMissing))
struct ClientLibraryTests {
    @Test(arguments: ClientLibraries.names, [Stage.epoll, .pipelining])
    func library(_ name: String, stage: Stage) throws {
        let server = try ServerProcess(stage)
        let process = try ServerProcess(
            command: [ClientLibraries.python, "-W", "ignore", ClientLibraries.script, "\(server.port)", name],
            wireProtocol: .resp2)
        let status = process.wait(within: 2 * Patience.milliseconds)
        #expect(status == .exited(0), "\(name): \(process.output)")
        #expect(process.output.hasSuffix("\(name): all is right\n"), "\(process.output)")
        #expect(server.endPatiently() == .exited(0))
    }
}
