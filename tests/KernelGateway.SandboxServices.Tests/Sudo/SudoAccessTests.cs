using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.Processes.Inspection;
using KernelGateway.Processes.Native;
using KernelGateway.SandboxServices.Sudo;
using KernelGateway.SandboxServices.Tests.Support;
using KernelGateway.SandboxServices.Users;
using KernelGateway.Testing.Time;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests.Sudo;

/// <summary>Who may use sudo, and what programs that mean no good can do to it.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
[CancelAfter(60_000)]
public sealed class SudoAccessTests
{
    private static readonly LocalSandboxOptions Options = new() { DefaultUser = "nobody" };

    private static uint Nobody => SandboxUser.Find("nobody")!.UserId;

    private static uint Games => SandboxUser.Find("games")!.UserId;

    [Test]
    public async Task Default_user_and_root_may_and_others_cannot_connect(CancellationToken token)
    {
        await using var bench = new SudoBench(Options);

        (await AskAsync(OtherUserThread.Run(Nobody, bench.Connect), bench, token)).Should().StartWith("Answered User nobody may");
        (await AskAsync(bench.Connect(), bench, token)).Should().StartWith("Answered User root may");
        FluentActions.Invoking(() => OtherUserThread.Run(Games, bench.Connect)).Should().Throw<InvalidOperationException>().WithMessage("*denied*");
    }

    [Test]
    public async Task Who_reaches_the_socket_all_the_same_is_refused_unread(CancellationToken token)
    {
        await using var bench = new SudoBench(Options);
        File.SetUnixFileMode(bench.SocketPath, (UnixFileMode)0x1B6);

        var client = OtherUserThread.Run(Games, bench.Connect);

        var answer = await client.ReadAsync(token);
        answer.Kind.Should().Be(SudoMessageKind.Refused);
        answer.Text.Should().Be("only root and the default user of this sandbox may use sudo");
        await client.WaitForEndAsync(token);
    }

    [Test]
    public async Task Another_default_user_gets_the_socket(CancellationToken token)
    {
        await using var bench = new SudoBench(Options);

        bench.Sandbox.DefaultUser = "games";

        (await AskAsync(OtherUserThread.Run(Games, bench.Connect), bench, token)).Should().StartWith("Answered");
        FluentActions.Invoking(() => OtherUserThread.Run(Nobody, bench.Connect)).Should().Throw<InvalidOperationException>();
    }

    [TestCase("GET / HTTP/1.1\r\n\r\n")]
    [TestCase("KGS1\0\0\0\u007f")]
    [TestCase("KGS1\u0001\0\0\0x")]
    [TestCase("KGS1\u0004\0\0\00\0x\0")]
    public async Task Garbage_is_refused_and_others_are_served(string bytes, CancellationToken token)
    {
        await using var bench = new SudoBench();
        using var nothing = MemoryFile.Create("nothing", []);
        var client = bench.Connect();

        client.Send(System.Text.Encoding.Latin1.GetBytes(bytes), nothing, nothing, nothing);

        (await client.ReadAsync(token)).Kind.Should().Be(SudoMessageKind.Refused);
        (await AskAsync(bench.Connect(), bench, token)).Should().StartWith("Answered");
    }

    [TestCase(0, "0 descriptors")]
    [TestCase(1, "1 descriptors")]
    [TestCase(4, "too many descriptors")]
    [TestCase(200, "too many descriptors")]
    public async Task Request_without_its_three_descriptors_is_refused(int count, string said, CancellationToken token)
    {
        await using var bench = new SudoBench();
        using var nothing = MemoryFile.Create("nothing", []);
        var client = bench.Connect();

        client.Send(bench.Ask("id").Write(), [.. Enumerable.Repeat(nothing, count)]);

        (await client.ReadAsync(token)).Text.Should().Contain(said);
    }

    [Test]
    public async Task Descriptors_that_nobody_wants_are_not_kept(CancellationToken token)
    {
        await using var bench = new SudoBench();
        using var nothing = MemoryFile.Create("nothing", []);
        using var unwanted = MemoryFile.Create("unwanted", []);
        var client = bench.Connect();
        client.Send(bench.Ask("sleep", "1000000").Write(), nothing, nothing, nothing);
        await client.ReadAsync(token);

        for (var i = 0; i < 300; i++)
            client.Send(SudoMessage.Write(SudoMessageKind.Signal, Signals.WindowChange), [.. Enumerable.Repeat(unwanted, 10)]);
        client.Signal(Signals.Terminate);

        (await client.ReadAsync(token)).Kind.Should().Be(SudoMessageKind.Killed);
        OpenDescriptors.Below("/memfd:unwanted").Should().ContainSingle();
    }

    [Test]
    public async Task Terminal_that_is_none_is_refused(CancellationToken token)
    {
        await using var bench = new SudoBench();
        using var nothing = MemoryFile.Create("nothing", []);
        var client = bench.Connect();

        client.Send((bench.Ask("id") with { HasTerminal = true }).Write(), nothing, nothing, nothing);

        (await client.ReadAsync(token)).Text.Should().Be("the request has no terminal");
    }

    [Test]
    public async Task Program_that_sends_no_whole_request_is_disconnected_after_a_while(CancellationToken token)
    {
        var time = new ManualTimeProvider();
        await using var bench = new SudoBench(new LocalSandboxOptions { TimeProvider = time });
        var silent = bench.Connect();
        var slow = bench.Connect();
        slow.Send("KGS1\0\u0001\0\0part"u8);
        var ends = Task.WhenAll(silent.WaitForEndAsync(token), slow.WaitForEndAsync(token));

        // A connection that is served later has its time from then on.
        while (!ends.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        await ends;
    }

    [Test]
    public async Task Flood_of_connections_is_bounded_and_ends_with_them(CancellationToken token)
    {
        await using var bench = new SudoBench();
        using var nothing = MemoryFile.Create("nothing", []);
        var flood = Enumerable.Range(0, SudoServer.MaxConnections).Select(_ => bench.Connect()).ToArray();

        var beyond = bench.Connect();
        (await beyond.ReadAsync(token)).Text.Should().Contain($"{SudoServer.MaxConnections} commands run already");

        foreach (var one in flood) one.Dispose();
        while (true)
        {
            var client = bench.Connect();
            client.Send(bench.Ask("-l").Write(), nothing, nothing, nothing);
            var answer = await client.ReadAsync(token);
            if (answer.Kind == SudoMessageKind.Answered) return;
            answer.Text.Should().Contain("commands run already");
        }
    }

    [Test]
    public async Task Program_that_sends_something_else_than_a_signal_counts_as_gone(CancellationToken token)
    {
        await using var bench = new SudoBench();
        using var nothing = MemoryFile.Create("nothing", []);
        var client = bench.Connect();
        client.Send(bench.Ask("sleep", "1000000").Write(), nothing, nothing, nothing);
        var started = await client.ReadAsync(token);

        client.Send("garbage"u8);

        await client.WaitForEndAsync(token);
        ProcessStat.Read(started.Number).Should().BeNull();
    }

    [Test]
    public async Task Command_ends_with_the_service(CancellationToken token)
    {
        await using var bench = new SudoBench();
        using var nothing = MemoryFile.Create("nothing", []);
        var client = bench.Connect();
        client.Send(bench.Ask("sleep", "1000000").Write(), nothing, nothing, nothing);
        var started = await client.ReadAsync(token);

        await bench.StopAsync();

        ProcessStat.Read(started.Number).Should().BeNull();
        File.Exists(bench.SocketPath).Should().BeFalse();
    }

    private static async Task<string> AskAsync(SudoClient client, SudoBench bench, CancellationToken token)
    {
        using var nothing = MemoryFile.Create("nothing", []);
        client.Send(bench.Ask("-l").Write(), nothing, nothing, nothing);
        var answer = await client.ReadAsync(token);
        return $"{answer.Kind} {answer.Text}";
    }
}
