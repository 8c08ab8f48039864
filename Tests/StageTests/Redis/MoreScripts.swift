// Scripts for values that come with a time, for transactions, and for looking for keys.

extension RedisScripts {
    static let values = requests([
        "SETNX, GETSET and GETDEL": #"""
        SETNX; SETNX k; SETNX k v; SETNX k w; GET k; SETNX k v w; GETSET; GETSET k; GETSET k x; GETSET m y; GET m;
        GETSET k; GETSET k '' x; EXPIRE k 100000; GETSET k z; TTL k; GETDEL; GETDEL k; GETDEL k; GETDEL a b; EXISTS k;
        SETNX '' ''; GETDEL ''; GETSET \x00 \r\n; GETDEL \x00; SET t v PXAT 1; SETNX t w; GET t; SET t v PXAT 1;
        GETSET t w; SET t v PXAT 1; GETDEL t; DBSIZE
        """#,
        "SETEX and PSETEX": #"""
        SETEX; SETEX k; SETEX k 100000; SETEX k 100000 v; GET k; TTL k; SETEX k 200000 w x; TTL k; PSETEX k 300000000 x;
        GET k; TTL k; PSETEX; PSETEX k 1; SETEX k 0 v; SETEX k -1 v; SETEX k abc v; SETEX k '' v; SETEX k 1.5 v;
        SETEX k +1 v; SETEX k 9223372036854775807 v; SETEX k 9223372036854775808 v; SETEX k 9223372036854775 v;
        SETEX k 9223372036854776 v; PSETEX k 0 v; PSETEX k -5 v; PSETEX k 9223372036854775807 v; PSETEX k x v; GET k;
        TTL k; setex k 100000 5; INCR k; TTL k
        """#,
        "GETEX": #"""
        GETEX; GETEX k; SET k v; GETEX k; TTL k; GETEX k EX 100000; TTL k; GETEX k PX 200000000; TTL k; GETEX k; TTL k;
        GETEX k EXAT 99999999999; TTL k; GETEX k PXAT 99999999999000; TTL k; GETEX k PERSIST; TTL k; GETEX k persist;
        GETEX k ex 100000; TTL k; GETEX k EX; GETEX k EX 0; GETEX k EX -1; GETEX k EX abc; GETEX k PX 0;
        GETEX k PX 9223372036854775807; GETEX k EX 9223372036854775807; GETEX k EXAT 0; GETEX k EXAT -1;
        GETEX k EX 1 PX 1; GETEX k EX 100000 PERSIST; GETEX k PERSIST EX 100000; GETEX k PERSIST PERSIST;
        GETEX k EX 100000 EX 200000; TTL k; GETEX k NX; GETEX k XX; GETEX k GET; GETEX k KEEPTTL; GETEX k '';
        GETEX k foo; GETEX x EX abc; GETEX x EX 0; GETEX x EX; GETEX x foo; GETEX k EXAT 1; GET k; SET k v;
        GETEX k PXAT 1; EXISTS k; SET k v; GETEX k PXAT 1000; DBSIZE; GETEX k PERSIST\x00; SET k v PERSIST
        """#,
        "UNLINK and TOUCH": #"""
        UNLINK; UNLINK k; TOUCH; TOUCH k; SET k v; SET m v; TOUCH k k m x; UNLINK k k x m; TOUCH k; DBSIZE;
        SET k v PXAT 1; TOUCH k; UNLINK k
        """#,
        "AUTH": #"""
        AUTH; AUTH x; AUTH ''; AUTH default x; AUTH default ''; AUTH DEFAULT x; AUTH nobody x; AUTH a b c; AUTH a b c d;
        AUTH default\x00 x; auth default x; PING
        """#,
        "CONFIG SET": #"""
        CONFIG SET; CONFIG SET maxmemory; CONFIG SET nosuch 1; CONFIG SET no\r\nsuch 1; CONFIG SET '' '';
        CONFIG SET maxmemory 1 x; CONFIG SET nosuch 1 x; CONFIG SET maxmemory 100mb; CONFIG GET maxmemory;
        CONFIG SET MaxMemory 1GB; CONFIG GET maxmemory; CONFIG SET maxmemory 5k; CONFIG GET maxmemory;
        CONFIG SET maxmemory 5kb; CONFIG GET maxmemory; CONFIG SET maxmemory 5m; CONFIG GET maxmemory;
        CONFIG SET maxmemory 2g; CONFIG GET maxmemory; CONFIG SET maxmemory 77b; CONFIG GET maxmemory;
        CONFIG SET maxmemory x; CONFIG SET maxmemory -1; CONFIG SET maxmemory ''; CONFIG SET maxmemory mb;
        CONFIG SET maxmemory 1tb; CONFIG SET maxmemory 1.5gb; CONFIG SET maxmemory +1; CONFIG GET maxmemory;
        CONFIG SET maxmemory 1 maxmemory 2; CONFIG SET maxmemory x maxmemory 2; CONFIG SET databases 1;
        CONFIG SET databases 2; CONFIG SET DATABASES 2; CONFIG SET maxmemory 3gb databases 1;
        CONFIG SET maxmemory 3gb nosuch 1; CONFIG SET databases 1 nosuch 1; CONFIG SET nosuch 1 databases 1;
        CONFIG SET cluster-enabled no; CONFIG GET maxmemory; CONFIG SET save ''; CONFIG SET appendonly no;
        CONFIG SET appendonly no maxmemory 4gb; CONFIG GET maxmemory; CONFIG SET maxmemory-policy noeviction;
        CONFIG SET requirepass ''; CONFIG SET notify-keyspace-events ''; CONFIG SET timeout 0;
        CONFIG GET maxmemory-policy; CONFIG GET notify-keyspace-events; CONFIG GET requirepass;
        CONFIG GET cluster-enabled; CONFIG SET maxmemory 5\x00x; CONFIG GET maxmemory; CONFIG SET maxmemory 0
        """#,
        "families": #"""
        CLIENT HELP x; CONFIG HELP x; COMMAND HELP x; CLIENT ID x y; CONFIG GET; client GetName x; CLIENT; CONFIG;
        MEMORY; MEMORY HELP x; MEMORY nosuch; MEMORY USAGE; MEMORY USAGE k; SET k v; MEMORY USAGE k SAMPLES;
        MEMORY USAGE k SAMPLES x; MEMORY USAGE k SAMPLES -1; MEMORY USAGE k foo 1; MEMORY USAGE x SAMPLES 0;
        MEMORY USAGE k; memory usage k samples 5; CLIENT HELP; CONFIG HELP; COMMAND HELP; MEMORY HELP
        """#,
    ])

    static let transactions = requests([
        "MULTI and EXEC": #"""
        MULTI; SET k 1; INCR k; GET k; EXEC; GET k; MULTI; EXEC; multi; exec; MULTI; SET a x EX 100000; TTL a;
        MGET a k nothing; DEL a; GET a; PING; PING x; ECHO y; EXEC; MULTI; SET '' ''; SET \x00 \r\n; MGET '' x;
        GET \x00; EXEC; EXEC
        """#,
        "errors while it runs": #"""
        SET w word; MULTI; INCR w; SET k 1; INCR k; DECRBY w 1; EXPIRE k abc; SET k 2 EX 0; SET k v NX XX; GET k;
        SELECT 1; EXEC; GET k; MULTI; MSET a 1 b; APPEND w s; EXEC; GET w; MULTI; PING a b; CLIENT SETNAME a\x20b;
        HELLO 4; EXEC
        """#,
        "errors while it is queued": #"""
        MULTI; SET k v; nosuch; GET k; EXEC; GET k; MULTI; SET k v; GET; EXEC; GET k; MULTI; nosuch; DISCARD; GET k;
        MULTI; SET k v; EXEC; MULTI; CLIENT NOSUCH; EXEC; MULTI; CLIENT ID x; EXEC; MULTI; CONFIG SET x; EXEC; MULTI;
        CLIENT; EXEC; MULTI; ''; EXEC; MULTI; COMMAND HELP x; EXEC; MULTI; SET k w; EXEC x; EXEC; GET k; MULTI;
        DISCARD x; EXEC; MULTI; SET k z; MULTI x; EXEC; GET k; MULTI; GET; EXEC x; PING
        """#,
        "MULTI, DISCARD and EXEC without each other": #"""
        EXEC; DISCARD; EXEC x; DISCARD x; MULTI x; EXEC; MULTI; MULTI; SET k v; MULTI; EXEC; GET k; MULTI; SET k w;
        DISCARD; GET k; DISCARD; EXEC; MULTI; EXEC; EXEC
        """#,
        "commands about the connection": #"""
        MULTI; CLIENT SETNAME me; CLIENT GETNAME; EXEC; CLIENT GETNAME; MULTI; HELLO 3; GET nothing; HELLO 2;
        GET nothing; EXEC; HELLO 3; MULTI; GET nothing; CONFIG GET save; EXEC; MULTI; AUTH x; AUTH default x; SELECT 0;
        CONFIG SET maxmemory 0; COMMAND INFO nosuch; INFO nosuch; DBSIZE; TYPE k; FLUSHALL; EXEC; HELLO 2
        """#,
        "QUIT in the middle": #"MULTI; SET k v; QUIT"#,
        "all commands": #"""
        SET k 5; MULTI; GETSET k 6; GETDEL k; SETNX k 7; SETEX k 100000 8; PSETEX k 100000000 9; GETEX k PERSIST; TTL k;
        TOUCH k; UNLINK k; KEYS *; SCAN 0; APPEND k x; STRLEN k; EXISTS k; PERSIST k; PEXPIRE k 100000000; EXPIREAT k 1;
        PTTL k; DECR k; INCRBY k 5; MSET a 1 b 2; FLUSHDB; EXEC
        """#,
    ])

    static let keys = requests([
        "KEYS": #"""
        KEYS; KEYS *; KEYS a b; MSET a 1 ab 2 abc 3 b 4 '' 5 hello 6 hallo 7 hillo 8 h*llo 9 h[a]llo 10; KEYS *;
        KEYS **; KEYS ?; KEYS ??; KEYS a*; KEYS *c; KEYS *b*; KEYS a?c; KEYS h[ae]llo; KEYS h[^e]llo; KEYS h[a-i]llo;
        KEYS h[i-a]llo; KEYS h[^a-e]llo; KEYS h\\*llo; KEYS h[\\*]llo; KEYS h[; KEYS h[a; KEYS h[a-; KEYS h[]llo;
        KEYS h[^]llo; KEYS h[^; KEYS h\\; KEYS ''; KEYS nothing; KEYS A; KEYS hello; KEYS *l*l*o*; KEYS *?*; KEYS [a]*;
        KEYS [^a]*; KEYS ?*; KEYS *]llo; KEYS h\\[a\\]llo; KEYS h[[]a]llo; KEYS h[]a-z]llo; KEYS h[a-]llo;
        KEYS h[-a]llo; EXPIRE a 100000; KEYS a; SET gone x PXAT 1; KEYS gone; keys a*
        """#,
        "KEYS of odd bytes": #"""
        MSET \x00 1 \xff 2 \x80 3 \x7f 4 a\x00b 5 \r\n 6; KEYS *; KEYS ?; KEYS \x00; KEYS [\x80-\xff]; KEYS [\x00-\xff];
        KEYS [\x7f-\x80]; KEYS [\x80-\x7f]; KEYS [^\x00]; KEYS a\x00?; KEYS a\x00*; KEYS \r*; KEYS a*b
        """#,
        "SCAN": #"""
        SCAN; SCAN 0; SCAN x; SCAN ''; SCAN 00; SCAN +0; SCAN -0; SCAN +; SCAN -; SCAN 1x; SCAN \x200; SCAN 0\x20;
        SCAN 0\x00x; SCAN 18446744073709551615; SCAN 18446744073709551616; SCAN 99999999999999999999; MSET a 1 b 2 ab 3;
        SCAN 0; SCAN 0 COUNT 100; SCAN 0 MATCH a*; SCAN 0 MATCH *b COUNT 50; SCAN 0 COUNT 50 MATCH nothing;
        SCAN 0 TYPE string; SCAN 0 TYPE STRING; SCAN 0 TYPE list; SCAN 0 TYPE nosuch; SCAN 0 TYPE ''; SCAN 0 MATCH '';
        SCAN 0 COUNT; SCAN 0 COUNT 0; SCAN 0 COUNT -1; SCAN 0 COUNT x; SCAN 0 COUNT 9223372036854775807;
        SCAN 0 COUNT 9223372036854775808; SCAN 0 MATCH; SCAN 0 TYPE; SCAN 0 foo; SCAN 0 foo bar; SCAN x foo;
        SCAN 0 MATCH a MATCH b; SCAN 0 COUNT 0 COUNT 100; SCAN 0 COUNT 100 foo; SCAN 0 TYPE list TYPE string;
        scan 0 match A* type string count 100; SET gone x PXAT 1; SCAN 0 COUNT 100; DBSIZE; HELLO 3; SCAN 0 COUNT 100;
        KEYS *
        """#,
    ])
}
