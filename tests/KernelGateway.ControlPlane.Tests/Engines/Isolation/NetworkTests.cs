using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Isolation;
using KernelGateway.ControlPlane.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Isolation;

public sealed class NetworkTests(string engineName) : EveryEngineTests(engineName)
{
    // Prints what becomes of a connection.
    internal const string Connect = """
        /usr/bin/python3 -c '
        import errno, socket, sys
        for place in sys.argv[1:]:
            address, port = place.split(":")
            s = socket.socket()
            s.settimeout(10)
            try:
                s.connect((address, int(port)))
                print(s.recv(10).decode())
            except OSError as error:
                print(errno.errorcode.get(error.errno, error))
        '
        """;

    private protected override IEnumerable<string> Features => [EngineFeature.OutgoingNetwork];

    private protected override void RequireMachine() => RequirePython();

    [Test]
    [CancelAfter(60_000)]
    public async Task Addresses_of_the_host_and_of_clouds_are_refused_unless_they_are_allowed(CancellationToken token)
    {
        var address = AddressRules.ListHostAddresses().First(found => !found.StartsWith("127.", StringComparison.Ordinal));
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var greeting = GreetAsync(listener, token);
        string[] places = [$"{address}:{port}", $"10.0.2.2:{port}", "169.254.169.254:80", "192.168.0.1:80", "100.100.100.200:80"];
        var script = Connect.TrimEnd() + " " + string.Join(' ', places);

        var refused = await Bench.RunToEndAsync(script, token, specification => specification with { Network = NetworkPolicy.Outgoing() });
        var allowed = await Bench.RunToEndAsync(script, token, specification => specification with { Network = NetworkPolicy.Outgoing([address]) });
        var none = await Bench.RunToEndAsync(script, token);

        refused.Split('\n').Should().HaveCount(places.Length).And.AllBe("EHOSTUNREACH");
        allowed.Split('\n').Should().Equal("hello", "EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH", "EHOSTUNREACH");
        none.Split('\n').Should().HaveCount(places.Length).And.AllBe("ENETUNREACH");
        listener.Stop();
        await greeting;
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task List_of_refused_addresses_counts_for_public_ones_too(CancellationToken token)
    {
        var output = await Bench.RunToEndAsync(
            Connect.TrimEnd() + " 203.0.113.7:80 198.51.100.3:80",
            token,
            specification => specification with { Network = NetworkPolicy.Outgoing(deny: ["0.0.0.0/0", "203.0.113.0/24"]) });

        output.Split('\n').Should().Equal("EHOSTUNREACH", "EHOSTUNREACH");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Killed_sandbox_with_a_network_leaves_nothing(CancellationToken token)
    {
        Bench.RunShell("touch /run/gateway/ready; exec sleep 1000000");
        var id = await Bench.CreateAsync(token, specification => specification with { Network = NetworkPolicy.Outgoing(), MemoryBytes = 64L << 20 });
        await Bench.WaitForFileAsync(id, "ready", token);

        await Bench.Engine.KillAsync(id, null, token);

        Bench.DescribeRest().Should().BeEmpty();
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Lists_of_a_running_sandbox_change_at_once_and_end_connections_that_are_refused_now(CancellationToken token)
    {
        var address = AddressRules.ListHostAddresses().First(found => !found.StartsWith("127.", StringComparison.Ordinal));
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        // Holds a connection, then tries new ones, one after each change.
        Bench.RunShell($$"""
            exec 5> /run/gateway/results
            /usr/bin/python3 -uc '
            import errno, os, socket
            def attempt():
                s = socket.socket()
                s.settimeout(10)
                s.connect(("{{address}}", {{((IPEndPoint)listener.LocalEndpoint).Port}}))
                return s
            def echo(s):
                s.sendall(b"x")
                return s.recv(1)
            def step(number, action):
                door = socket.socket(socket.AF_UNIX)
                door.bind("/run/gateway/new")
                door.listen()
                os.rename("/run/gateway/new", "/run/gateway/step%d" % number)
                caller, _ = door.accept()
                try:
                    text = str(action())
                except OSError as error:
                    text = errno.errorcode.get(error.errno, str(error))
                os.write(5, (text + "\n").encode())
                caller.close()
            held = attempt()
            step(0, lambda: echo(held))
            step(1, lambda: echo(held))
            step(2, attempt)
            step(3, lambda: echo(attempt()))
            step(4, attempt)
            step(5, lambda: echo(attempt()))
            open("/run/gateway/end", "w")
            '
            """);
        var echoes = EchoAsync(listener, token);
        var id = await Bench.CreateAsync(token, specification => specification with { Network = NetworkPolicy.Outgoing([address]) });

        await StepAsync(0);
        await Bench.Engine.SetNetworkAsync(id, NetworkPolicy.Outgoing(), token);
        await StepAsync(1);
        await StepAsync(2);
        await Bench.Engine.SetNetworkAsync(id, NetworkPolicy.Outgoing([address], ["0.0.0.0/0"]), token);
        await StepAsync(3);
        await Bench.Engine.SetNetworkAsync(id, NetworkPolicy.None, token);
        await StepAsync(4);
        await Bench.Engine.SetNetworkAsync(id, NetworkPolicy.Outgoing([address]), token);
        await StepAsync(5);
        await Bench.WaitForFileAsync(id, "end", token);

        (await File.ReadAllLinesAsync(Path.Combine(Bench.SocketDirectory(id), "results"), token)).Should().Equal(
            "b'x'", "ECONNRESET", "EHOSTUNREACH", "b'x'", "ENETUNREACH", "b'x'");
        listener.Stop();
        await echoes;

        async Task StepAsync(int number)
        {
            await Bench.WaitForFileAsync(id, $"step{number}", token);
            using var door = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await door.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(Bench.SocketDirectory(id), $"step{number}")), token);
            (await door.ReceiveAsync(new byte[1], token)).Should().Be(0, "it is closed when the step is done");
        }
    }

    /// <summary>Ignores the test where the program of <see cref="Connect"/> is not installed.</summary>
    internal static void RequirePython()
    {
        if (!File.Exists("/usr/bin/python3")) Assert.Ignore("/usr/bin/python3 is not installed.");
    }

    private static async Task EchoAsync(TcpListener listener, CancellationToken token)
    {
        List<Task> connections = [];
        try
        {
            while (true) connections.Add(EchoAsync(await listener.AcceptTcpClientAsync(token), token));
        }
        catch (SocketException)
        {
            // The listener was stopped.
        }

        await Task.WhenAll(connections);
    }

    private static async Task EchoAsync(TcpClient client, CancellationToken token)
    {
        using (client)
        {
            try
            {
                await client.GetStream().CopyToAsync(client.GetStream(), token);
            }
            catch (IOException)
            {
                // The connection was reset.
            }
        }
    }

    internal static async Task GreetAsync(TcpListener listener, CancellationToken token)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(token);
                await client.GetStream().WriteAsync("hello"u8.ToArray(), token);
            }
        }
        catch (SocketException)
        {
            // The listener was stopped.
        }
    }
}
