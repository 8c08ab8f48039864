"""Uses every command of the stages through redis-py, and checks each reply.

    python3 redis_clients.py PORT [PROTOCOL]

Without a protocol the client is as it comes: nothing but the port is set.
"""

import sys

import redis


def check(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r} instead of {wanted!r}")


def check_error(what, call, wanted):
    try:
        got = call()
    except redis.ResponseError as error:
        return check(what, str(error), wanted)
    sys.exit(f"{what}: {got!r} instead of the error {wanted!r}")


def strings(r):
    check("SET", r.set("k", "v"), True)
    check("GET", r.get("k"), b"v")
    check("GET of nothing", r.get("nothing"), None)
    check("SET NX", r.set("k", "w", nx=True), None)
    check("SET XX", r.set("k", "w", xx=True), True)
    check("SET GET", r.set("k", "x", get=True), b"w")
    check("SET EX", r.set("k", "x", ex=100_000), True)
    check("SET KEEPTTL", r.set("k", "y", keepttl=True), True)
    check("TTL", 90_000 < r.ttl("k") <= 100_000, True)
    check("SET PXAT", r.set("k", "x", pxat=99_999_999_999_000), True)
    binary = bytes(range(256)) * 100
    check("SET of bytes", r.set(binary, binary), True)
    check("GET of bytes", r.get(binary), binary)
    check("STRLEN", r.strlen(binary), 25_600)
    check("APPEND", r.append("k", "yz"), 3)
    check("EXISTS", r.exists("k", "k", "nothing"), 2)
    check("DEL", r.delete("k", binary, "nothing"), 2)
    check("INCR", r.incr("n"), 1)
    check("INCRBY", r.incrby("n", 41), 42)
    check("DECR", r.decr("n"), 41)
    check("DECRBY", r.decrby("n", 1), 40)
    check("MSET", r.mset({"a": 1, "b": 2}), True)
    check("MGET", r.mget("a", "nothing", "b"), [b"1", None, b"2"])
    r.set("k", "v")
    check_error("INCR of a word", lambda: r.incr("k"), "value is not an integer or out of range")
    check_error("wrong arguments", lambda: r.execute_command("GET"), "wrong number of arguments for 'get' command")


def expiry(r):
    r.set("k", "v")
    check("TTL of none", r.ttl("k"), -1)
    check("TTL of nothing", r.ttl("nothing"), -2)
    check("EXPIRE", r.expire("k", 100_000), True)
    check("EXPIRE NX", r.expire("k", 100_000, nx=True), False)
    check("EXPIRE GT", r.expire("k", 200_000, gt=True), True)
    check("EXPIRE LT", r.expire("k", 300_000, lt=True), False)
    check("PEXPIRE", r.pexpire("k", 400_000_000), True)
    check("PTTL", 390_000_000 < r.pttl("k") <= 400_000_000, True)
    check("EXPIREAT", r.expireat("k", 99_999_999_999), True)
    check("PEXPIREAT", r.pexpireat("k", 99_999_999_999_000), True)
    check("PERSIST", r.persist("k"), True)
    check("PERSIST again", r.persist("k"), False)
    check("EXPIRE in the past", r.expire("k", -1), True)
    check("GET of what has ended", r.get("k"), None)


def server(r, protocol):
    check("PING", r.ping(), True)
    check("ECHO", r.echo("hello"), b"hello")
    check("SELECT", r.select(0), True)
    check("CLIENT SETNAME", r.client_setname("me"), True)
    check("CLIENT ID", r.client_id() > 0, True)
    check("CONFIG GET", r.config_get("appendonly"), {"appendonly": "no"})
    check("INFO", r.info()["redis_version"], "7.0.15")
    check("INFO of a section", r.info("keyspace")["db0"]["keys"], r.dbsize())
    check("COMMAND", "get" in r.command(), True)
    check("COMMAND COUNT", r.command_count(), len(r.command()))
    check("TYPE", r.type("nothing"), b"none")
    hello = r.execute_command("HELLO")
    if isinstance(hello, list):
        hello = dict(zip(hello[::2], hello[1::2]))
    version = hello.get(b"proto", hello.get("proto"))
    check("HELLO", version in ([protocol] if protocol else [2, 3]), True)
    check("FLUSHDB", r.flushdb(), True)
    check("DBSIZE", r.dbsize(), 0)
    r.set("k", "v")
    check("FLUSHALL", r.flushall(), True)
    check("DBSIZE after it", r.dbsize(), 0)


def pipelines(r):
    with r.pipeline(transaction=False) as pipeline:
        for number in range(5000):
            pipeline.set(f"key{number}", number).get(f"key{number}")
        replies = pipeline.execute()
    check("replies of a pipeline", len(replies), 10_000)
    check("GETs of a pipeline", replies[1::2], [str(number).encode() for number in range(5000)])
    with r.pipeline(transaction=False) as pipeline:
        pipeline.set("k", "v").incr("k").get("k")
        replies = pipeline.execute(raise_on_error=False)
    check("an error in a pipeline", [type(reply) for reply in replies], [bool, redis.ResponseError, bytes])


def main():
    options = {"port": int(sys.argv[1])}
    protocol = int(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2] else None
    if protocol:
        options["protocol"] = protocol
    r = redis.Redis(**options)
    r.flushall()
    strings(r)
    expiry(r)
    server(r, protocol)
    pipelines(r)
    # QUIT closes the connection; the client makes another one when it needs it.
    connection = r.connection_pool.get_connection()
    connection.send_command("QUIT")
    check("QUIT", connection.read_response(), b"OK")
    connection.disconnect()
    r.connection_pool.release(connection)
    check("after QUIT", r.ping(), True)
    print("all replies are right")


main()
