// What every stage's program does before and after its own work: the command line, the limit of descriptors, the
// lines it prints. Printing never ends a server: with no standard output, or a full disk behind it, it goes on serving.

@preconcurrency @unsafe import Glibc

/// The frame around a stage.
public enum ServerProgram {
    /// Reads the command line and runs a server until it ends. A failure is one line on standard error and status 1.
    public static func run(
        _ stage: String, _ extras: [ServerOptions.Extra] = [],
        arguments: [String] = Array(CommandLine.arguments.dropFirst()),
        _ body: (ServerOptions) throws(SystemCallError) -> Void
    ) -> Never {
        Memory.prepare()
        occupyStandardDescriptors()
        // SIGPIPE would end a process that writes to a peer which has gone. Without it, `write` fails with EPIPE.
        signal(SIGPIPE, SIG_IGN)
        var options = ServerOptions(stage: stage)
        do throws(ServerOptions.UsageError) {
            guard try options.parse(arguments, extras) else {
                print(options.usage(extras))
                exit(0)
            }
        } catch {
            fail(stage, error.message)
        }
        raiseDescriptorLimit(&options)
        do throws(SystemCallError) {
            try body(options)
            exit(0)
        } catch {
            fail(stage, error.description)
        }
    }

    /// Prints the line by which a user or a test knows that connections are accepted, and where.
    public static func announce(_ options: ServerOptions, port: Int) {
        let host = options.host.contains(":") ? "[\(options.host)]" : options.host
        if !options.host.hasPrefix("127.") && options.host != "localhost" && options.host != "::1" {
            warn("\(options.stage): \(host) may be reached from other machines, and there is no password")
        }
        print("\(options.stage) listening on \(host):\(port)\n")
    }

    /// Ends the program: prints what was done, and leaves all memory to the kernel, which takes it back as a whole. To
    /// free five million keys one by one would take seconds.
    ///
    /// - Parameter connectionsByLoop: how many each loop has served, where there are several.
    public static func end(requests: Int, connectionsByLoop: [Int] = []) -> Never {
        let counts = connectionsByLoop.map { "\($0)" }.joined(separator: " + ")
        print(Statistics.summary(requests: requests) + (counts.isEmpty ? "" : "; \(counts) connections by loop") + "\n")
        exit(0)
    }

    /// If a standard stream is closed, the next socket would get its number, and a client whatever is printed to it.
    /// The corresponding C function is `open`.
    private static func occupyStandardDescriptors() {
        while true {
            let number = unsafe open("/dev/null", O_RDWR)
            if number < 0 { return }
            if number > STDERR_FILENO {
                _ = close(number)
                return
            }
        }
    }

    /// Descriptors that belong to no client: standard streams, a listener and an epoll for each loop, and some to spare.
    private static func otherDescriptors(_ options: ServerOptions) -> Int { 30 + 2 * options.loops }

    /// Raises the soft limit of descriptors to what the connections need. Where it cannot be raised so far, says so
    /// and accepts fewer.
    /// The corresponding C functions are `getrlimit` and `setrlimit`.
    private static func raiseDescriptorLimit(_ options: inout ServerOptions) {
        let others = otherDescriptors(options)
        let wanted = rlim_t(options.maxConnections + others)
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        if limit.rlim_cur < wanted {
            limit.rlim_cur = min(wanted, limit.rlim_max)
            guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        }
        if limit.rlim_cur < wanted {
            let possible = max(1, Int(limit.rlim_cur) - others)
            warn(
                "\(options.stage): \(limit.rlim_cur) descriptors are allowed here, so at most \(possible) "
                    + "connections, not \(options.maxConnections); raise the limit with ulimit -n")
            options.maxConnections = possible
        }
    }

    /// Ends the program with one line on standard error, and status 1.
    public static func fail(_ stage: String, _ error: SystemCallError) -> Never {
        fail(stage, error.description)
    }

    private static func fail(_ stage: String, _ message: String) -> Never {
        warn("\(stage): \(message)")
        exit(1)
    }

    private static func print(_ text: String) {
        write(text, to: STDOUT_FILENO)
    }

    private static func warn(_ line: String) {
        write(line + "\n", to: STDERR_FILENO)
    }

    /// Written at once: a program that reads it through a pipe may be waiting for the line.
    private static func write(_ text: String, to number: CInt) {
        var text = text
        _ = text.withUTF8 { bytes in
            retryingOnInterrupt { unsafe Glibc.write(number, bytes.baseAddress, bytes.count) }
        }
    }
}
