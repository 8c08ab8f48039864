// Requests of one client after the other, and what each gets.

import Shared

extension ExpectedReply {
    static let stringConversation: [(String, ExpectedReply)] = [
        ("PING", .reply(.status("PONG".bytes))), ("ping hello", text("hello")), ("ECHO hello", text("hello")),
        ("GET a", null), ("SET a 1", ok), ("get a", text("1")), ("SET a 2 NX", null), ("SET b 2 XX", null),
        ("SET a 3 XX", ok), ("SET a 4 GET", text("3")), ("SET b 5 NX GET", null), ("GET b", text("5")),
        ("SET a 1 NX XX", error("ERR syntax error")), ("EXISTS a b a nobody", number(3)),
        ("STRLEN nobody", number(0)), ("APPEND word he", number(2)), ("APPEND word llo", number(5)),
        ("STRLEN word", number(5)), ("GET word", text("hello")), ("DEL word nobody", number(1)),
        ("INCR n", number(1)), ("INCRBY n 41", number(42)), ("DECR n", number(41)), ("DECRBY n 50", number(-9)),
        ("INCRBY n 1.5", notAnInteger), ("INCRBY n 01", notAnInteger), ("SET a letter", ok), ("INCR a", notAnInteger),
        ("SET big 9223372036854775807", ok),
        ("INCR big", error("ERR increment or decrement would overflow")),
        ("DECRBY n -9223372036854775808", error("ERR decrement would overflow")),
        ("MSET x 1 y 2 x 3", ok), ("MGET x nobody y", list("3", nil, "2")),
        ("MSET x", error("ERR wrong number of arguments for 'mset' command")),
        ("MSET x 1 y", error("ERR wrong number of arguments for 'mset' command")),
        ("TYPE x", .reply(.status("string".bytes))), ("TYPE nobody", .reply(.status("none".bytes))),
        ("DBSIZE", number(6)), ("FLUSHDB", ok), ("DBSIZE", number(0)), ("SET a 1", ok), ("FLUSHALL ASYNC", ok),
        ("GET a", null), ("FLUSHALL now", error("ERR syntax error")),
    ]

    static let expiryConversation: [(String, ExpectedReply)] = [
        ("TTL a", number(-2)), ("SET a 1", ok), ("TTL a", number(-1)), ("EXPIRE a 100000", number(1)),
        ("TTL a", .between(90_000, 100_000)), ("PTTL a", .between(90_000_000, 100_000_000)),
        ("INCR a", number(2)), ("TTL a", .between(90_000, 100_000)), ("EXPIRE a 200000 NX", number(0)),
        ("EXPIRE a 200000 LT", number(0)), ("EXPIRE a 200000 GT", number(1)),
        ("TTL a", .between(190_000, 200_000)), ("PERSIST a", number(1)), ("PERSIST a", number(0)),
        ("EXPIRE a 9 XX", number(0)), ("PEXPIRE a 100000000", number(1)), ("TTL a", .between(90_000, 100_000)),
        ("SET a 1 KEEPTTL", ok), ("TTL a", .between(90_000, 100_000)), ("SET a 1", ok), ("TTL a", number(-1)),
        ("EXPIREAT a 99999999999", number(1)), ("TTL a", .between(1, 99_999_999_999)),
        ("PEXPIREAT a 99999999999999", number(1)), ("PTTL a", .between(1, 99_999_999_999_999)),
        ("EXPIRE a soon", notAnInteger), ("EXPIRE nobody soon", notAnInteger), ("EXPIRE nobody 1", number(0)),
        ("EXPIRE a 9223372036854775807", error("ERR invalid expire time in 'expire' command")),
        ("EXPIRE a 1 NX GT", error("ERR NX and XX, GT or LT options at the same time are not compatible")),
        ("EXPIRE a 1 SOON", error("ERR Unsupported option SOON")), ("EXPIRE a -1", number(1)), ("GET a", null),
        ("SET a 1 EX 100000", ok), ("TTL a", .between(90_000, 100_000)), ("SET a 1 PX 100000000", ok),
        ("TTL a", .between(90_000, 100_000)), ("SET a 1 EXAT 99999999999", ok), ("SET a 1 PXAT 99999999999999", ok),
        ("PTTL a", .between(1, 99_999_999_999_999)), ("SET a 1 EX 1 PX 1", error("ERR syntax error")),
        ("SET a 1 EX 0", error("ERR invalid expire time in 'set' command")), ("SET a 1 EX soon", notAnInteger),
        ("SET a 1 PXAT 1", ok), ("GET a", null), ("DBSIZE", number(0)),
    ]

    static let valuesConversation: [(String, ExpectedReply)] = [
        ("SETNX s 1", number(1)), ("SETNX s 2", number(0)), ("GETSET s 3", text("1")), ("GETSET new 1", null),
        ("GETDEL s", text("3")), ("GETDEL s", null), ("SETEX s 100000 v", ok), ("TTL s", .between(90_000, 100_000)),
        ("PSETEX s 100000000 w", ok), ("GETEX s PERSIST", text("w")), ("TTL s", number(-1)),
        ("GETEX s EX 100000", text("w")), ("TTL s", .between(90_000, 100_000)), ("GETEX nobody EX 1", null),
        ("SETEX s 0 v", error("ERR invalid expire time in 'setex' command")), ("SETEX s soon v", notAnInteger),
        ("GETEX s NX", error("ERR syntax error")), ("TOUCH s new nobody", number(2)), ("KEYS ?", list("s")),
        ("KEYS [^s]*", list("new")), ("SCAN 0 MATCH n*", .reply(.array([.string("0"), .array([.string("new")])]))),
        ("SCAN 0 TYPE list", .reply(.array([.string("0"), .array([])]))), ("SCAN soon", error("ERR invalid cursor")),
        ("UNLINK s new nobody", number(2)), ("DBSIZE", number(0)),
    ]

    static let transactionConversation: [(String, ExpectedReply)] = [
        ("EXEC", error("ERR EXEC without MULTI")), ("DISCARD", error("ERR DISCARD without MULTI")), ("MULTI", ok),
        ("SET t 1", queued), ("INCR t", queued), ("GET t", queued),
        ("MULTI", error("ERR MULTI calls can not be nested")),
        ("GET nobody", queued), ("MGET t nobody", queued), ("SET word x", queued), ("INCR word", queued),
        (
            "EXEC",
            .replies([
                ok, number(2), text("2"), null, list("2", nil), ok, notAnInteger,
            ])
        ), ("GET t", text("2")), ("MULTI", ok), ("SET t 5", queued),
        ("NOSUCH", error("ERR unknown command 'NOSUCH', with args beginning with: ")),
        ("EXEC", error("EXECABORT Transaction discarded because of previous errors.")), ("GET t", text("2")),
        ("MULTI", ok), ("SET t 6", queued), ("DISCARD", ok), ("GET t", text("2")), ("MULTI", ok), ("EXEC", list()),
        ("DEL t word", number(2)),
    ]
}
