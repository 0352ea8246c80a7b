using FluentAssertions;
using KernelGateway.Contexts;
using KernelGateway.Contexts.Attaching;
using KernelGateway.Kernels;
using KernelGateway.Protocol.Connection;
using KernelGateway.Protocol.Messages;
using KernelGateway.Testing.Scripting;
using KernelGateway.Tests.Kernels;
using KernelGateway.Tests.Launching.Support;
using KernelGateway.Tests.Transports;
using NUnit.Framework;

namespace KernelGateway.Tests.Contexts.Attaching;

[TestFixtureSource(typeof(TestedTransport), nameof(TestedTransport.OverTcp))]
public sealed class ConnectionDirectoryTests(TestedTransport tested)
{
    private const int TestTimeout = 30_000;
    private const int Failed = 4045;
    private const int Absent = 4042;
    private const int Appeared = 4051;
    private const int Disappeared = 4052;
    private const int LeftAlone = 4053;
    private const int Followed = 4054;
    private const int NotAttached = 4055;
    private const int Own = 4056;
    private const int Repeated = 4057;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RescanInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AbsenceGrace = TimeSpan.FromSeconds(2);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("connections-");

    [TearDown]
    public void RemoveDirectory() => _directory.Delete(recursive: true);

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Kernels_that_are_there_and_kernels_that_come_are_contexts_under_the_ids_of_their_files(CancellationToken cancellationToken)
    {
        var (first, second) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        await using var there = await StartKernelAsync(cancellationToken);
        await there.WriteConnectionFileAsync(FileOf(first), cancellationToken);
        await using var scripted = await StartAsync();
        await scripted.Log.WaitForAsync(Appeared, cancellationToken);

        await using var coming = await StartKernelAsync(cancellationToken);
        await coming.WriteConnectionFileAsync(FileOf(second), cancellationToken);
        await scripted.Log.WaitForAsync(Appeared, 2, cancellationToken);

        scripted.Gateway.Contexts.List().Select(context => context.Id).Should().Equal(first, second);
        var execution = await scripted.Gateway.Contexts.Get(second).RunAsync("return 7", cancellationToken: cancellationToken);
        execution.Text.Should().Be("7");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    [Platform("Linux")]
    public async Task Named_pipes_in_the_directory_cause_no_wait(CancellationToken cancellationToken)
    {
        foreach (var number in Enumerable.Range(0, 40)) new Fifo(FileOf($"pipe-{number}")).Dispose();
        var id = Guid.NewGuid().ToString();
        await using var kernel = await StartKernelAsync(cancellationToken);
        await kernel.WriteConnectionFileAsync(FileOf(id), cancellationToken);
        var scripted = await StartAsync();
        await scripted.Log.WaitForAsync(Appeared, cancellationToken);

        var ending = scripted.DisposeAsync().AsTask();

        await ending.WaitAsync(cancellationToken);
        ending.IsCompletedSuccessfully.Should().BeTrue();
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-1)]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_whose_file_is_removed_is_detached_and_left_running_however_the_wall_clock_is_set(
        int hours, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        await using var kernel = await StartKernelAsync(cancellationToken);
        await kernel.WriteConnectionFileAsync(FileOf(id), cancellationToken);
        await using var scripted = await StartAsync();
        await scripted.Log.WaitForAsync(Appeared, cancellationToken);

        File.Delete(FileOf(id));
        var disappearing = scripted.Log.WaitForAsync(Disappeared, cancellationToken);
        for (var timer = 1; !disappearing.IsCompleted; timer++)
        {
            // The clock may be advanced before the loop has seen that the file is gone, or just before it sets its timer.
            await Task.WhenAny(disappearing, scripted.Time.WaitForTimerAsync(AbsenceGrace, timer, cancellationToken));
            if (timer == 1) scripted.Time.StepWallTime(TimeSpan.FromHours(hours));
            scripted.Time.Advance(AbsenceGrace);
        }

        await disappearing;

        scripted.Gateway.Contexts.Find(id).Should().BeNull();
        scripted.Gateway.Contexts.RemovalReason(id).Should().Be("lost its kernel: the connection file was removed");
        kernel.Stopped.IsCompleted.Should().BeFalse();
        kernel.Received.Items.Should().NotContain(one => one.Message!.MessageType == MessageTypes.ShutdownRequest);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_whose_file_is_removed_and_written_again_keeps_its_context(CancellationToken cancellationToken)
    {
        var (id, other) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString());
        await using var kernel = await StartKernelAsync(cancellationToken);
        await kernel.WriteConnectionFileAsync(FileOf(id), cancellationToken);
        await using var scripted = await StartAsync();
        await scripted.Log.WaitForAsync(Appeared, cancellationToken);
        var context = scripted.Gateway.Contexts.Get(id);

        File.Delete(FileOf(id));
        await scripted.Time.WaitForTimerAsync(AbsenceGrace, cancellationToken);
        await kernel.WriteConnectionFileAsync(FileOf(id), cancellationToken);

        // The second kernel is attached after the first file is seen again, because the files are processed in order.
        await using var coming = await StartKernelAsync(cancellationToken);
        await coming.WriteConnectionFileAsync(FileOf(other), cancellationToken);
        await scripted.Log.WaitForAsync(Appeared, 2, cancellationToken);
        scripted.Time.Advance(AbsenceGrace);

        (await context.RunAsync("return 7", cancellationToken: cancellationToken)).Text.Should().Be("7");
        scripted.Gateway.Contexts.Get(id).Should().BeSameAs(context);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_that_ends_disappears_though_its_file_stays(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        await using var kernel = await StartKernelAsync(cancellationToken);
        await kernel.WriteConnectionFileAsync(FileOf(id), cancellationToken);
        await using var scripted = await StartAsync();
        await scripted.Log.WaitForAsync(Appeared, cancellationToken);
        var grace = scripted.Options.Kernels.ConnectionLossGrace;

        await kernel.StopAsync();

        // The gateway set the first timer of that length when it checked whether a process listens at the addresses in the file.
        await scripted.Time.WaitForTimerAsync(grace, 2, cancellationToken);
        scripted.Time.Advance(grace);
        await scripted.Log.WaitForAsync(Disappeared, cancellationToken);
        scripted.Gateway.Contexts.RemovalReason(id).Should().Contain("heartbeat is silent");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task An_incomplete_file_is_not_an_error(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        await using var kernel = await StartKernelAsync(cancellationToken);
        await kernel.WriteConnectionFileAsync(FileOf(id) + ".whole", cancellationToken);
        var text = await File.ReadAllTextAsync(FileOf(id) + ".whole", cancellationToken);
        await using var scripted = await StartAsync();

        await File.WriteAllTextAsync(FileOf(id), text[..40], cancellationToken);
        await scripted.Time.WaitForTimerAsync(FirstPause, cancellationToken);
        await File.WriteAllTextAsync(FileOf(id), text, cancellationToken);

        await scripted.Log.WaitForAsync(Appeared, cancellationToken);
        scripted.Log.Entries.Should().NotContain(entry => entry.EventId.Id == NotAttached);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_file_without_a_kernel_is_reported_once_and_tried_again_with_growing_pauses(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(FileOf("none"), """{"pid": 1, "url": "http://localhost"}""", cancellationToken);
        await using var scripted = await StartAsync();

        const int Attempts = 90;
        var start = scripted.Time.GetTimestamp();
        await scripted.PassTimersAsync(
            RescanInterval, () => scripted.Log.Entries.Count(entry => entry.EventId.Id == Repeated) >= Attempts, cancellationToken);

        // The pauses stop growing at LongestPause.
        var pauses = Enumerable.Range(0, Attempts - 1).Select(attempt => FirstPause * Math.Pow(2, Math.Min(attempt, 10)));
        var total = pauses.Select(pause => pause < LongestPause ? pause : LongestPause).Aggregate((left, right) => left + right);
        scripted.Time.GetElapsedTime(start).Should().BeGreaterThanOrEqualTo(total);
        (await scripted.Log.WaitForAsync(NotAttached, cancellationToken)).Message.Should().Contain("shell_port");
        scripted.Log.Entries.Count(entry => entry.EventId.Id == NotAttached).Should().Be(1);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_that_its_owner_restarts_keeps_its_id(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        await using var kernel = await StartKernelAsync(cancellationToken);
        await kernel.WriteConnectionFileAsync(FileOf(id), cancellationToken);
        await using var scripted = await StartAsync();
        await scripted.Log.WaitForAsync(Appeared, cancellationToken);
        var context = scripted.Gateway.Contexts.Get(id);
        var seen = new SeenMessages();
        using var observation = context.Kernel.ObserveDirectly(seen);

        await using var successor = await StartKernelAsync(cancellationToken, "another key");
        await successor.WriteConnectionFileAsync(FileOf(id), cancellationToken);
        await scripted.Log.WaitForAsync(Followed, cancellationToken);

        seen.States.Items.Select(one => one.State).Should().Equal(KernelState.Restarting, KernelState.Ready);
        scripted.Gateway.Contexts.Get(id).Should().BeSameAs(context, "its clients stay connected");
        (await context.RunAsync("return 5", cancellationToken: cancellationToken)).Text.Should().Be("5");
        successor.Received.Items.Should().Contain(one => one.Message!.MessageType == MessageTypes.ExecuteRequest);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_context_that_was_removed_does_not_come_back_until_its_file_is_written_again(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        await using var kernel = await StartKernelAsync(cancellationToken);
        await kernel.WriteConnectionFileAsync(FileOf(id), cancellationToken);
        await using var scripted = await StartAsync();
        await scripted.Log.WaitForAsync(Appeared, cancellationToken);

        await scripted.Gateway.Contexts.RemoveAsync(id);
        await scripted.Log.WaitForAsync(LeftAlone, cancellationToken);
        scripted.Time.Advance(TimeSpan.FromMinutes(5));
        scripted.Gateway.Contexts.Find(id).Should().BeNull();
        File.SetLastWriteTimeUtc(FileOf(id), DateTime.UtcNow.AddMinutes(1));

        await scripted.Log.WaitForAsync(Appeared, 2, cancellationToken);
        scripted.Gateway.Contexts.Find(id).Should().NotBeNull();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_kernel_of_the_gateways_own_is_not_attached(CancellationToken cancellationToken)
    {
        await using var scripted = await StartAsync();
        var context = await scripted.CreateContextAsync(cancellationToken);

        await ConnectionFile.WriteAsync(Path.Combine(_directory.FullName, "mine.json"), scripted.Kernel.ConnectionInfo, cancellationToken);
        await scripted.Log.WaitForAsync(Own, cancellationToken);

        scripted.Gateway.Contexts.List().Should().Equal(context);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_directory_that_is_not_there_is_waited_for(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        await using var kernel = await StartKernelAsync(cancellationToken);
        var later = Path.Combine(_directory.FullName, "later");
        await using var scripted = await StartAsync(later);
        await scripted.Log.WaitForAsync(Absent, cancellationToken);
        await scripted.Time.WaitForTimerAsync(TimeSpan.FromSeconds(2), cancellationToken);

        Directory.CreateDirectory(later);
        await kernel.WriteConnectionFileAsync(Path.Combine(later, $"kernel-{id}.json"), cancellationToken);
        scripted.Time.Advance(TimeSpan.FromSeconds(2));

        await scripted.Log.WaitForAsync(Appeared, cancellationToken);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task A_failure_of_any_kind_does_not_end_the_search(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString();
        await using var kernel = await StartKernelAsync(cancellationToken);
        await kernel.WriteConnectionFileAsync(FileOf(id), cancellationToken);
        await using var scripted = await tested.StartGatewayAsync();
        await using var directory = new ConnectionDirectory(
            _directory.FullName, scripted.Gateway.Contexts, _ => false, TimeSpan.FromSeconds(3), new ClockThatFailsOnce(scripted.Time), scripted.Log.CreateLogger("test"));

        directory.Start();
        await scripted.Log.WaitForAsync(Failed, cancellationToken);
        await scripted.Time.WaitForTimerAsync(TimeSpan.FromSeconds(2), cancellationToken);
        scripted.Time.Advance(TimeSpan.FromSeconds(2));

        await scripted.Log.WaitForAsync(Appeared, cancellationToken);
        scripted.Gateway.Contexts.Find(id).Should().NotBeNull();
    }

    private Task<ScriptedGateway> StartAsync(string? directory = null) =>
        tested.StartGatewayAsync(gateway => gateway.Options.ConnectionDirectory = directory ?? _directory.FullName);

    private static Task<ScriptedKernel> StartKernelAsync(CancellationToken cancellationToken, string key = "a key of its own") =>
        ScriptedKernel.StartAsync(new() { Transport = KernelTransport.Tcp, Key = key, SendsWelcome = true }, cancellationToken);

    private string FileOf(string id) => Path.Combine(_directory.FullName, $"kernel-{id}.json");
}
