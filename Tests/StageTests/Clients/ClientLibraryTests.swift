// Client libraries as their users have them, against stages 4 and 5: client_libraries.py does with each what is usually
// done first. They live in .build/clients-venv, which `.ci/run install` makes.

@preconcurrency import Glibc
import LabKit
import TestSupport
import Testing

private let python = Checkout.folder + "/.build/clients-venv/bin/python"

@Suite(
    "Redis: client libraries",
    .enabled(
        if: access(python, X_OK) == 0, "needs the client libraries in .build/clients-venv (bash .ci/run install)"))
struct ClientLibraryTests {
    private static let names = [
        "redis_py", "redis_py_asyncio", "valkey_py", "valkey_glide", "coredis", "cachelib", "flask_caching", "django",
        "django_redis", "dogpile_cache", "aiocache", "walrus",
    ]

    @Test(arguments: names, [Stage.epoll, .pipelining])
    func library(_ name: String, stage: Stage) throws {
        let server = try ServerProcess(stage)
        let script = Checkout.folder + "/Tests/StageTests/Clients/client_libraries.py"
        let output = try RedisClientTests.run([python, "-W", "ignore", script, "\(server.port)", name])
        #expect(output.hasSuffix("\(name): all is right\n"), "\(output)")
        #expect(server.endPatiently() == .exited(0))
    }
}
