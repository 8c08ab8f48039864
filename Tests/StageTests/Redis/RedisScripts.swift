// Scripted requests for every command, right and wrong. Times are far away, or long past: what a server answers
// about a key that is just about to expire depends on the clock.

enum RedisScripts {
    /// A name, and requests that are one stream, sent to servers without keys.
    typealias Script = (name: String, requests: [RedisRequest])

    /// From texts in which semicolons part the requests.
    static func requests(_ texts: KeyValuePairs<String, String>) -> [Script] { texts.map { ($0, requests($1)) } }

    static func requests(_ text: String) -> [RedisRequest] {
        text.split(separator: ";").map { RedisRequest(String($0)) }
    }

    static let groups = [
        "commands": commands, "expiry": expiry, "connection": connection, "values": values,
        "transactions": transactions, "keys": keys,
    ]

    static let commands = requests([
        "PING": #"PING; ping; PiNg hello; PING ''; PING a b; PING a b c; PING \x00\xff\r\n"#,
        "ECHO": #"ECHO hello; ECHO ''; ECHO; ECHO a b; ECHO \x00\r\n\xfe"#,
        "SET and GET": #"""
        GET k; SET k v; GET k; SET k ''; GET k; SET '' empty; GET ''; GET; GET a b; SET; SET k;
        SET \x00\r\n\xff \xff\n\r\x00; GET \x00\r\n\xff; GET \x00; get k; sEt k V; GET k; GET K
        """#,
        "SET with conditions": #"""
        SET k v NX; SET k w NX; GET k; SET k w XX; GET k; SET m w XX; GET m; SET k x nx xx; SET k x XX NX;
        SET k x NX NX; SET m x xx xX; SET k x GET; SET n x GET; SET k y NX GET; SET p y NX GET; SET q y XX GET; GET q;
        SET k z XX GET; GET k; SET k z GET GET
        """#,
        "SET with times": #"""
        SET k v EX 100000; TTL k; SET k v PX 100000000; TTL k; SET k v EXAT 99999999999; TTL k; PTTL k;
        SET k v PXAT 99999999999000; TTL k; SET k v KEEPTTL; TTL k; SET k v; TTL k; SET k v KEEPTTL; TTL k;
        SET k v ex 100000 keepttl; SET k v KEEPTTL EX 100000; SET k v EX 100000 PX 100000000;
        SET k v EX 100000 EX 200000; TTL k; SET k v EXAT 1; GET k; SET k v PXAT 1; TTL k; EXISTS k; DBSIZE;
        SET k v XX PXAT 1; SET k v NX PXAT 1000; GET k; SET k v EX 100000 NX; SET k w EX 200000 NX; TTL k;
        SET k w EX 200000 XX GET; TTL k
        """#,
        "SET with wrong times": #"""
        SET k v EX; SET k v EX 0; SET k v EX -1; SET k v PX 0; SET k v PX -1; SET k v EXAT 0; SET k v EXAT -5;
        SET k v PXAT 0; SET k v EX abc; SET k v EX 1.5; SET k v EX ''; SET k v EX +1; SET k v EX 01; SET k v EX -0;
        SET k v EX 9223372036854775807; SET k v EX 9223372036854775808; SET k v EX 9223372036854775;
        SET k v EX 9223372036854776; SET k v PX 9223372036854775807; SET k v EXAT 9223372036854776;
        SET k v EX -9223372036854775808; GET k; SET k v PXAT 9223372036854775807; TTL k; SET k v EXAT 9223372036854775;
        TTL k; SET k v NX EX 0; SET m v XX EX abc; SET k v EX NX; SET k v EX 10 EX
        """#,
        "SET with what is no option": #"""
        SET k v x; SET k v ''; SET k v NXX; SET k v N; SET k v EX 100000 foo; SET k v GETX; GET k; SET k v NX\x00;
        SET k v \x00NX; SET k v PERSIST; SET k v 100000 EX; SET k v KEEPTTLS; GET k
        """#,
        "DEL and EXISTS": #"""
        DEL; DEL k; SET k v; SET m v; EXISTS; EXISTS k; EXISTS k k m x k; DEL k k x m; EXISTS k m; DBSIZE
        """#,
        "STRLEN and APPEND": #"""
        STRLEN; STRLEN k; STRLEN k m; APPEND k; APPEND k a b; APPEND k ''; EXISTS k; STRLEN k; APPEND k abc;
        APPEND k def; GET k; STRLEN k; APPEND k ''; APPEND k \x00d; GET k; SET n 12; APPEND n 3; INCR n; APPEND n x;
        INCR n; GET n; SET t v EX 100000; APPEND t w; TTL t
        """#,
        "INCR and DECR": #"""
        INCR; INCR a b; INCR k; INCR k; DECR k; DECR m; GET m; SET k 9223372036854775806; INCR k; INCR k; GET k;
        SET k -9223372036854775807; DECR k; DECR k; GET k; SET k abc; INCR k; SET k ''; INCR k; SET k \x201; INCR k;
        SET k 1\x20; INCR k; SET k 01; INCR k; SET k +1; INCR k; SET k -0; INCR k; SET k 0; DECR k;
        SET k 9223372036854775808; INCR k; SET k 1.0; INCR k; SET k 1e2; INCR k; SET k 0x1; INCR k; SET k 10 EX 100000;
        INCR k; TTL k; SET k 1\x00; INCR k; SET k -; INCR k; SET k 00; INCR k
        """#,
        "INCRBY and DECRBY": #"""
        INCRBY; INCRBY k; INCRBY k 1 2; INCRBY k 5; INCRBY k -7; DECRBY k 3; DECRBY k -10; GET k; INCRBY k abc;
        INCRBY k ''; INCRBY k 1.5; INCRBY k +1; INCRBY k 9223372036854775808; SET k 1; INCRBY k 9223372036854775806;
        INCRBY k 1; DECRBY k -9223372036854775808; DECRBY k 9223372036854775807; INCRBY k -9223372036854775808; GET k;
        SET k -1; INCRBY k -9223372036854775808; INCRBY k -9223372036854775807; DECRBY k 1; DECRBY k abc; SET k abc;
        INCRBY k 1; DECRBY k xyz; DECRBY k -9223372036854775808; INCRBY new 0; GET new
        """#,
        "MGET and MSET": #"""
        MGET; MGET k; MSET; MSET k; MSET k v m; MSET k v m w; MGET k m; MGET k x m k; MSET k 1 k 2; GET k;
        SET t v EX 100000; MSET t w; TTL t; MSET k v m w n; MGET ''; MSET '' ''; MGET ''
        """#,
        "PERSIST, TTL and TYPE": #"""
        TTL; TTL a b; TTL k; PTTL; PTTL k; PERSIST; PERSIST k; PERSIST a b; SET k v; TTL k; PTTL k; PERSIST k;
        EXPIRE k 100000; TTL k; PTTL k; PERSIST k; TTL k; PERSIST k; TYPE; TYPE k; TYPE x; TYPE k m; SET n 5; TYPE n
        """#,
        "DBSIZE and FLUSHALL": #"""
        DBSIZE; SET k v; SET m v; DBSIZE; DBSIZE x; FLUSHALL x; DBSIZE; FLUSHALL SYNC; DBSIZE; SET k v; flushall async;
        DBSIZE; SET k v; FLUSHDB; DBSIZE; FLUSHDB ASYNC SYNC; FLUSHDB x; FLUSHDB sync; FLUSHALL a b; SET k v EX 100000;
        FLUSHALL; SET k v; TTL k; FLUSHALL SYNC\x00x
        """#,
        "SELECT": #"""
        SELECT; SELECT 0; SELECT 1; SELECT -1; SELECT abc; SELECT ''; SELECT 0 0; SELECT 2147483647; SELECT 2147483648;
        SELECT -2147483649; SELECT 9223372036854775808; SELECT 00
        """#,
        "unknown commands": #"""
        nosuch; nosuch a; NoSuch a b c; nosuch a b\x20c; a\r\nb c\r\nd; nosuch \x00 a\x00b; a\x00b c; ''; '' '';
        nosuch \#(String(repeating: "x", count: 300)); \#(String(repeating: "y", count: 300)) a;
        \#(String(repeating: "z", count: 127)); \#(String(repeating: "z", count: 128));
        \#(String(repeating: "z", count: 129)); nosuch \#((0..<60).map { "argument\($0)" }.joined(separator: " "));
        nosuch \#(String(repeating: "'' ", count: 60)); nosuch \#(String(repeating: "a ", count: 60));
        nosuch \#(String(repeating: "x", count: 124)) a b; nosuch \#(String(repeating: "x", count: 125)) a;
        nosuch \#(String(repeating: "x", count: 128)) a; nosuch \xff\xfe; \x00GET k; client|id; GETT k; GE k; \xc7ET k;
        a-name-of-sixteen k; @GET; `get
        """#,
    ])

    static let expiry = requests([
        "EXPIRE and its relatives": #"""
        EXPIRE; EXPIRE k; EXPIRE k 100000; SET k v; EXPIRE k 100000; TTL k; PEXPIRE k 200000000; TTL k;
        EXPIREAT k 99999999999; TTL k; PEXPIREAT k 99999999999000; TTL k; PEXPIRE; EXPIREAT; PEXPIREAT k;
        expire k 100000; TTL k
        """#,
        "EXPIRE in the past": #"""
        SET k v; EXPIRE k 0; GET k; SET k v; EXPIRE k -1; EXISTS k; SET k v; PEXPIRE k -5; DBSIZE; SET k v;
        EXPIREAT k 1; GET k; SET k v; PEXPIREAT k 1000; TTL k; SET k v; EXPIREAT k -1; GET k; SET k v;
        PEXPIREAT k -9223372036854775808; GET k; SET k v; PEXPIRE k -9223372036854775808; GET k; SET k v;
        EXPIRE k -9223372036854775; GET k; SET k v; EXPIREAT k 0; GET k; EXPIRE k -1
        """#,
        "EXPIRE with wrong times": #"""
        SET k v; EXPIRE k abc; EXPIRE k ''; EXPIRE k 1.5; EXPIRE k +1; EXPIRE k 01; EXPIRE k 9223372036854775807;
        EXPIRE k 9223372036854775808; EXPIRE k 9223372036854775; EXPIRE k 9223372036854776; EXPIRE k -9223372036854776;
        EXPIRE k -9223372036854775808; PEXPIRE k 9223372036854775807; EXPIREAT k 9223372036854776;
        EXPIREAT k 9223372036854775807; EXPIREAT k -9223372036854776; TTL k; EXPIREAT k 9223372036854775; TTL k;
        PEXPIREAT k 9223372036854775807; TTL k; PTTL k; PEXPIREAT k 9223372036854775808; EXPIRE x abc;
        EXPIRE x 9223372036854775807; PEXPIRE x abc; EXPIREAT x ''; PEXPIREAT x 1e3
        """#,
        "EXPIRE with conditions": #"""
        SET k v; EXPIRE k 100000 XX; TTL k; EXPIRE k 100000 GT; TTL k; EXPIRE k 300000 LT; TTL k; EXPIRE k 100000 NX;
        TTL k; EXPIRE k 100000 GT; EXPIRE k 400000 GT; TTL k; EXPIRE k 500000 LT; TTL k; EXPIRE k 200000 LT; TTL k;
        EXPIRE k 600000 XX; TTL k; PERSIST k; EXPIRE k 100000 NX; TTL k; EXPIRE k 700000 XX GT; TTL k;
        EXPIRE k 100000 xx lt; TTL k; PERSIST k; EXPIRE k 100000 XX LT; EXPIRE k 100000 XX GT; TTL k;
        EXPIREAT k 99999999999 NX; EXPIREAT k 99999999999 GT; EXPIREAT k 99999999999 LT; EXPIREAT k 99999999998 GT;
        EXPIREAT k 99999999998 LT; TTL k; EXPIRE k -1 GT; EXPIRE k -1 NX; EXISTS k; EXPIRE k -1 LT; EXISTS k; SET k v;
        EXPIRE k -1 LT; EXISTS k; SET k v; EXPIRE k -1 XX; EXPIRE k -1 GT; EXPIRE k -1 NX; EXISTS k
        """#,
        "EXPIRE with what is no condition": #"""
        EXPIRE k 100000 NX XX; EXPIRE k 100000 NX GT; EXPIRE k 100000 LT NX; EXPIRE k 100000 GT LT;
        EXPIRE k 100000 XX GT LT; EXPIRE k 100000 NX XX GT LT; EXPIRE k 100000 foo; EXPIRE k 100000 '';
        EXPIRE k abc foo; EXPIRE k abc NX XX; EXPIRE k 100000 NX NX; EXPIRE k 100000 NX foo XX; EXPIRE k 100000 a\r\nb;
        EXPIRE k 100000 a\r\n; EXPIRE k 100000 \r\n\r\n; EXPIRE k 100000 \r\na\x00b; EXPIRE k 100000 \x00;
        EXPIRE k 100000 NX\x00; EXPIRE k 100000 \xff; EXPIRE k 100000 \#(String(repeating: "x", count: 3000));
        PEXPIRE k 1 foo; EXPIREAT k 1 foo; PEXPIREAT k 1 foo
        """#,
    ])

    static let connection = requests([
        "HELLO": #"""
        HELLO; HELLO 2; GET k; HELLO 3; GET k; HELLO; hello 2; GET k; HELLO 1; HELLO 4; HELLO 0; HELLO -3; HELLO abc;
        HELLO ''; HELLO 03; HELLO 9223372036854775808; HELLO 3.0; HELLO SETNAME x
        """#,
        "HELLO with options": #"""
        HELLO 3 foo; HELLO 3 SETNAME; HELLO 3 AUTH; HELLO 3 AUTH default; GET k; HELLO 3 SETNAME me; CLIENT GETNAME;
        HELLO 2 AUTH default anything; HELLO 2 AUTH nobody x; HELLO 3 AUTH nobody x; GET k;
        HELLO 2 AUTH default x SETNAME you; CLIENT GETNAME; HELLO 2 SETNAME a AUTH default x; CLIENT GETNAME;
        HELLO 2 SETNAME b foo; CLIENT GETNAME; HELLO 2 AUTH nobody x foo; HELLO 2 SETNAME c AUTH nobody x;
        CLIENT GETNAME; HELLO 2 AUTH nobody x SETNAME d; CLIENT GETNAME; HELLO 2 SETNAME a\x20b; CLIENT GETNAME;
        HELLO 2 AUTH nobody x SETNAME a\x20b; HELLO 2 SETNAME e SETNAME f; CLIENT GETNAME; HELLO 2 SETNAME '';
        CLIENT GETNAME; HELLO 4 SETNAME g; CLIENT GETNAME; HELLO 2 a\r\nb\x00c; HELLO 2 ''; HELLO 2 DEFAULT default x;
        HELLO 2 AUTH DEFAULT x; HELLO 2 AUTH '' ''; HELLO 2 SETNAME\x00 h; CLIENT GETNAME;
        HELLO 2 AUTH nobody x AUTH default x; HELLO 2 AUTH default x AUTH nobody x;
        HELLO 2 \#(String(repeating: "x", count: 3000))
        """#,
        "CLIENT": #"""
        CLIENT; CLIENT ID; CLIENT ID x; CLIENT GETNAME; CLIENT GETNAME x; CLIENT SETNAME; CLIENT SETNAME me;
        CLIENT GETNAME; CLIENT SETNAME a b; CLIENT SETNAME a\x20b; CLIENT SETNAME a\nb; CLIENT SETNAME \x00;
        CLIENT SETNAME \x7f; CLIENT SETNAME \xe9; CLIENT GETNAME; CLIENT SETNAME !~; CLIENT GETNAME; CLIENT SETNAME '';
        CLIENT GETNAME; CLIENT NOSUCH; client nosuch a; CLIENT ''; CLIENT a\r\nb; CLIENT SETINFO LIB-NAME x;
        CLIENT \#(String(repeating: "x", count: 300)); client id; client setname x; CLIENT GETNAME; CLIENT INFOS;
        CLIENT a\x00b
        """#,
        "CONFIG": #"""
        CONFIG; CONFIG GET; CONFIG NOSUCH; config nosuch a; CONFIG ''; CONFIG GET nosuch; CONFIG GET nosuch*;
        CONFIG GET save; CONFIG GET appendonly; config get SAVE; CONFIG GET databases; CONFIG GET timeout;
        CONFIG GET maxmemory; CONFIG GET maxclients; CONFIG GET bind; CONFIG GET proto-max-bulk-len;
        CONFIG GET client-query-buffer-limit; CONFIG GET nosuch save; CONFIG GET save save; CONFIG GET appendonl?;
        CONFIG GET [s]ave; CONFIG GET sa*e; CONFIG GET ''; CONFIG GET save*; CONFIG GET s*ve; CONFIG GET APPENDONL[A-Z];
        CONFIG GET sav\\e; CONFIG GET [^x]ave; CONFIG GET [r-t]ave; CONFIG GET [save; CONFIG GET save[
        """#,
        "COMMAND": #"""
        COMMAND NOSUCH; command nosuch a; COMMAND ''; COMMAND COUNT x; COMMAND INFO nosuch; COMMAND INFO nosuch ''
        """#,
        "INFO": #"INFO nosuch; INFO nosuch nosuch2; INFO ''"#,
        "RESP3": #"""
        HELLO 3; GET k; SET k v; GET k; SET k v NX; SET k w XX GET; SET m v XX GET; MGET k m; CLIENT GETNAME;
        CONFIG GET save; CONFIG GET nosuch; COMMAND INFO nosuch; INFO nosuch; EXPIRE k 100000; TTL k; TYPE k; DEL k;
        INCR k; nosuch; GET; PING; PING a; ECHO a; SELECT 0; DBSIZE; FLUSHALL
        """#,
    ])
}
