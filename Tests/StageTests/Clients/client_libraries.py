"""What users of a client library do first, with the library as it comes: nothing is set but where the server is.

    python3 client_libraries.py PORT LIBRARY

Prints "LIBRARY: all is right", or says what is not. What a library can do only with scripts, or with other types than
strings, must fail at once, in the server's words.
"""

import asyncio
import sys


def check(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r} instead of {wanted!r}")


def check_error(what, call, *words):
    """What the server does not have is an error that names it, and not a silence."""
    try:
        got = call()
    except Exception as error:
        text = str(error)
        if any(word in text for word in words or ("unknown command",)):
            return
        sys.exit(f"{what}: the error {text!r}, which has none of {words!r}")
    sys.exit(f"{what}: {got!r} instead of an error")


# Clients

def any_redis(module, **options):
    r = module(port=PORT, **options)
    r.flushall()
    with r.pipeline() as pipeline:
        pipeline.set("a", 1).incr("a").get("a").mget("a", "nothing")
        check("pipeline()", pipeline.execute(), [True, 2, b"2", [b"2", None]])
    with r.pipeline() as pipeline:
        for number in range(3000):
            pipeline.set(f"key:{number}", number)
        check("a long pipeline()", pipeline.execute(), [True] * 3000)
    check("scan_iter", len(list(r.scan_iter())), 3001)
    check("scan_iter of a pattern", len(list(r.scan_iter("key:1?", count=100))), 10)
    check("keys", r.keys("key:29[0-4]"), r.keys("key:29[0-4]"))
    check("setex", r.setex("session", 100_000, "data"), True)
    check("ttl", 90_000 < r.ttl("session") <= 100_000, True)
    check("psetex", r.psetex("session", 100_000_000, "more"), True)
    check("setnx", [r.setnx("lock", 1), r.setnx("lock", 2)], [True, False])
    check("getset", r.getset("lock", 3), b"1")
    check("getex", r.getex("session", persist=True), b"more")
    check("getdel", r.getdel("session"), b"more")
    check("unlink", r.unlink("lock", "a", "nothing"), 2)
    check("touch", r.touch("key:1", "key:2", "nothing"), 2)
    check("role", r.info("replication")["role"], "master")
    check("used_memory", r.info()["used_memory"] > 0, True)
    check("config_set", r.config_set("maxmemory", "1gb"), True)
    check("config_get", r.config_get("maxmemory*")["maxmemory"], str(1 << 30))
    check("config_set", r.config_set("maxmemory", 0), True)
    check_error("watch", lambda: r.transaction(lambda pipeline: pipeline.get("a"), "a"))
    check_error("eval", lambda: r.eval("return 1", 0))
    check_error("lpush", lambda: r.lpush("list", 1))
    check_error("hset", lambda: r.hset("hash", "field", 1))
    check_error("publish", lambda: r.publish("channel", "message"))
    check_error("client_kill", lambda: r.execute_command("CLIENT", "KILL", "x"), "unknown subcommand")
    with r.pipeline() as pipeline:
        pipeline.set("b", 1).lpush("list", 1)
        check_error("a pipeline() with what is missing", pipeline.execute, "unknown command")
    check("nothing of it was executed", r.get("b"), None)


def redis_py():
    import redis

    for options in {}, {"protocol": 2}, {"protocol": 3}:
        any_redis(redis.Redis, **options)


def valkey_py():
    import valkey

    for options in {}, {"protocol": 3}:
        any_redis(valkey.Valkey, **options)


def redis_py_asyncio():
    import redis.asyncio

    async def run(**options):
        r = redis.asyncio.Redis(port=PORT, **options)
        await r.flushall()
        async with r.pipeline() as pipeline:
            check("pipeline()", await pipeline.set("a", 1).incr("a").execute(), [True, 2])
        check("setex", await r.setex("b", 100, "x"), True)
        check("scan_iter", sorted([key async for key in r.scan_iter()]), [b"a", b"b"])
        check("many at once", sorted(await asyncio.gather(*(r.incr("n") for _ in range(50)))), list(range(1, 51)))
        await r.aclose()

    for options in {}, {"protocol": 2}, {"protocol": 3}:
        asyncio.run(run(**options))


def valkey_glide():
    import glide

    async def run():
        config = glide.GlideClientConfiguration([glide.NodeAddress("127.0.0.1", PORT)])
        client = await glide.GlideClient.create(config)
        await client.flushall()
        check("set", await client.set("k", "v"), "OK")
        check("get", await client.get("k"), b"v")
        check("mget", await client.mget(["k", "nothing"]), [b"v", None])
        batch = glide.Batch(is_atomic=True)
        batch.set("n", "1").incr("n").get("n")
        check("an atomic batch", await client.exec(batch, raise_on_error=True), ["OK", 2, b"2"])
        batch = glide.Batch(is_atomic=False)
        batch.set("m", "1").incr("m")
        check("a batch", await client.exec(batch, raise_on_error=True), ["OK", 2])
        cursor, keys = await client.scan("0")
        check("scan", (cursor, sorted(keys)), (b"0", [b"k", b"m", b"n"]))
        try:
            await client.lpush("list", ["1"])
        except glide.RequestError as error:
            check("lpush", "unknown command" in str(error).lower(), True)
        else:
            sys.exit("lpush: no error")
        await client.close()

    asyncio.run(run())


def coredis():
    import coredis

    async def run():
        client = coredis.Redis(host="127.0.0.1", port=PORT)
        async with client:
            await client.flushall()
            check("set", await client.set("k", "v"), True)
            check("get", await client.get("k"), b"v")
            async with client.pipeline(transaction=True) as pipeline:
                replies = [pipeline.set("n", 1), pipeline.incr("n")]
            check("a transaction", [await reply for reply in replies], [True, 2])
            check("scan_iter", sorted([key async for key in client.scan_iter()]), [b"k", b"n"])

    asyncio.run(run())


# Caches

def cachelib():
    from cachelib import RedisCache

    any_cachelib(RedisCache(port=PORT, key_prefix="cachelib:"))


def any_cachelib(cache):
    check("clear", bool(cache.clear()) in (True, False), True)
    check("set", cache.set("a", {"x": 1}), True)
    check("get", cache.get("a"), {"x": 1})
    check("add", [bool(cache.add("a", 1)), bool(cache.add("b", 2))], [False, True])
    check("set_many", sorted(cache.set_many({"c": 3, "d": 4})), ["c", "d"])
    check("get_many", cache.get_many("a", "b", "nothing"), [{"x": 1}, 2, None])
    check("get_dict", cache.get_dict("c", "d"), {"c": 3, "d": 4})
    check("has", [bool(cache.has("a")), bool(cache.has("nothing"))], [True, False])
    check("a time to live", cache.set("e", 5, timeout=100), True)
    check("without one", cache.set("f", 6, timeout=0), True)
    check("inc, dec", [cache.inc("n", 5), cache.dec("n", 2)], [5, 3])
    check("delete", bool(cache.delete("a")), True)
    check("delete_many", sorted(cache.delete_many("c", "d")), ["c", "d"])
    check("clear", bool(cache.clear()), True)
    check("after it", cache.get("b"), None)


def flask_caching():
    from flask import Flask
    from flask_caching import Cache

    app = Flask("app")
    cache = Cache(app, config={"CACHE_TYPE": "RedisCache", "CACHE_REDIS_PORT": PORT})
    with app.app_context():
        cache.clear()
        check("set", cache.set("a", [1]), True)
        check("get", cache.get("a"), [1])
        check("add", [bool(cache.add("a", 1)), bool(cache.add("b", 2))], [False, True])
        cache.set_many({"c": 3, "d": 4})
        check("get_many", cache.get_many("a", "c", "nothing"), [[1], 3, None])
        check("get_dict", cache.get_dict("c", "d"), {"c": 3, "d": 4})
        check("has", bool(cache.has("a")), True)
        calls = []

        @cache.memoize(100)
        def square(number):
            calls.append(number)
            return number * number

        check("memoize", [square(3), square(3), square(4), calls], [9, 9, 16, [3, 4]])
        cache.delete_memoized(square)
        check("delete_memoized", [square(3), calls], [9, [3, 4, 3]])
        check("delete_many", bool(cache.delete_many("a", "b")), True)
        cache.clear()
        check("clear", cache.get("c"), None)


def django_cache(backend):
    from django.conf import settings

    settings.configure(CACHES={"default": {"BACKEND": backend, "LOCATION": f"redis://127.0.0.1:{PORT}"}})
    from django.core.cache import cache

    cache.clear()
    check("set", cache.set("a", {"x": 1}) in (None, True), True)
    check("get", cache.get("a"), {"x": 1})
    check("add", [cache.add("a", 1), cache.add("b", 2)], [False, True])
    check("get_or_set", cache.get_or_set("c", lambda: 3), 3)
    cache.set_many({"d": 4, "e": 5})
    check("get_many", cache.get_many(["d", "e", "nothing"]), {"d": 4, "e": 5})
    check("touch", [cache.touch("a", 100), cache.touch("nothing")], [True, False])
    check("has_key", ["a" in cache, "nothing" in cache], [True, False])
    check("delete", [cache.delete("a"), cache.delete("a")], [True, False])
    cache.delete_many(["d", "e"])
    check("delete_many", cache.get_many(["d", "e"]), {})
    check("set for ever", cache.set("f", 6, None) in (None, True), True)
    return cache


def django():
    cache = django_cache("django.core.cache.backends.redis.RedisCache")
    check("incr, decr", [cache.incr("b"), cache.decr("b", 2)], [3, 1])
    cache.clear()
    check("clear", cache.get("b"), None)


def django_redis():
    cache = django_cache("django_redis.cache.RedisCache")
    cache.set_many({f"user:{number}": number for number in range(50)})
    check("iter_keys", len(list(cache.iter_keys("user:*"))), 50)
    check("keys", len(cache.keys("user:1?")), 10)
    check("delete_pattern", cache.delete_pattern("user:1*"), 11)
    check("ttl", cache.ttl("user:2") > 0, True)
    check("persist", [cache.persist("user:2"), cache.ttl("user:2")], [True, None])
    check("expire", cache.expire("user:2", 100), True)
    check("set with nx", [cache.set("n", 1, nx=True), cache.set("n", 1, nx=True)], [True, False])
    check("incr", cache.incr("n"), 2)
    check_error("a lock, which is a script", lambda: cache.lock("lock").release(), "unlocked", "unknown command")
    cache.clear()
    check("clear", cache.get("user:2"), None)


def dogpile_cache():
    from dogpile.cache import make_region
    from dogpile.cache.api import NO_VALUE

    region = make_region().configure(
        "dogpile.cache.redis", expiration_time=3600,
        arguments={"host": "127.0.0.1", "port": PORT, "redis_expiration_time": 7200})
    region.set("a", 1)
    check("get", [region.get("a"), region.get("nothing")], [1, NO_VALUE])
    region.set_multi({"b": 2, "c": 3})
    check("get_multi", region.get_multi(["b", "c", "nothing"]), [2, 3, NO_VALUE])
    check("get_or_create", region.get_or_create("d", lambda: 4), 4)
    region.delete_multi(["a", "b"])
    region.delete("c")
    check("delete", region.get_multi(["a", "b", "c"]), [NO_VALUE] * 3)


def aiocache():
    from aiocache import Cache

    async def run():
        cache = Cache(Cache.REDIS, endpoint="127.0.0.1", port=PORT, namespace="main")
        await cache.clear()
        check("set", await cache.set("a", "1"), True)
        check("set with a time to live", await cache.set("b", "2", ttl=100), True)
        check("get", await cache.get("a"), "1")
        check("add", await cache.add("c", "3"), True)
        check("multi_set", await cache.multi_set([("d", "4"), ("e", "5")]), True)
        check("multi_set with a time to live", await cache.multi_set([("d", "4"), ("e", "5")], ttl=100), True)
        check("multi_get", await cache.multi_get(["d", "e", "nothing"]), ["4", "5", None])
        check("exists", await cache.exists("a"), True)
        check("increment", await cache.increment("n", 5), 5)
        check("expire", await cache.expire("a", 100), True)
        check("delete", await cache.delete("a"), 1)
        check("clear", await cache.clear(), True)
        check("after it", await cache.get("b"), None)
        await cache.close()

    asyncio.run(run())


def walrus():
    from walrus import Database

    database = Database(port=PORT)
    cache = database.cache()
    check("set", cache.set("a", 1, 100), True)
    check("get", [cache.get("a"), cache.get("nothing", 7)], [1, 7])
    calls = []

    @cache.cached(timeout=100)
    def square(number):
        calls.append(number)
        return number * number

    check("cached", [square(3), square(3), calls], [9, 9, [3]])
    square.bust(3)
    check("bust", [square(3), calls], [9, [3, 3]])
    check("set_many", bool(cache.set_many({"b": 2, "c": 3}, timeout=100)), True)
    check("get_many", cache.get_many(["b", "c"]), {"b": 2, "c": 3})
    check("keys", len(list(cache.keys())), 4)
    check("delete", cache.delete("a"), 1)
    cache.flush()
    check("flush", list(cache.keys()), [])
    check_error("a list", lambda: database.List("list").append(1))
    check_error("a lock, which is a script", lambda: database.lock("lock").acquire())


LIBRARIES = [
    redis_py, redis_py_asyncio, valkey_py, valkey_glide, coredis, cachelib, flask_caching, django, django_redis,
    dogpile_cache, aiocache, walrus,
]

PORT = int(sys.argv[1])
for library in LIBRARIES:
    if library.__name__ == sys.argv[2]:
        library()
        print(f"{library.__name__}: all is right")
        sys.exit(0)
sys.exit(f"no library of that name; there are {' '.join(library.__name__ for library in LIBRARIES)}")
