using FluentAssertions;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Plain;
using KernelGateway.ControlPlane.Templates;
using NUnit.Framework;

namespace KernelGateway.ControlPlane.Tests.Engines.Plain;

public sealed class ProcessEngineTests
{
    private const string Id = "iabcdefghij0123456789";
    private readonly string _directory = Directory.CreateTempSubdirectory("kg-process-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    [CancelAfter(60_000)]
    public async Task Sandbox_runs_in_its_home_is_found_again_and_is_killed_with_its_descendants(CancellationToken token)
    {
        await using var engine = Create("setsid sleep 1000000 & echo 1 > own; mkfifo ready; echo > ready; exec sleep 1000000");
        var instance = await engine.CreateAsync(Specify(), token);
        await WaitAsync(Id, token);
        (await engine.ReadUsageAsync(Id, token)).Processes.Should().Be(2);
        instance.Notes.Should().ContainSingle().Which.Should().Contain("isolates nothing");

        await using var second = Create("");
        (await second.RecoverAsync(token)).Should().ContainSingle().Which.Id.Should().Be(Id);
        (await second.PauseAsync(Id, token)).Should().Be(PauseMethod.StopSignal);
        (await second.RecoverAsync(token)).Should().ContainSingle().Which.IsPaused.Should().BeTrue();
        await second.ResumeAsync(Id, token);
        var kept = Path.Combine(_directory, "kept");
        await second.KillAsync(Id, kept, token);

        (await File.ReadAllTextAsync(Path.Combine(kept, "own"), token)).Should().Be("1\n");
        Directory.EnumerateFileSystemEntries(Path.Combine(_directory, "sandboxes")).Should().BeEmpty();
        (await engine.WaitForEndAsync(Id, token)).ExitCode.Should().Be(137);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Copied_files_begin_another_sandbox(CancellationToken token)
    {
        await using var engine = Create("echo 1 >> own; mkfifo ready; echo > ready; exec sleep 1000000");
        await engine.CreateAsync(Specify(), token);
        await WaitAsync(Id, token);
        var copy = Path.Combine(_directory, "copy");

        await engine.CopyFilesAsync(Id, copy, token);
        await using var other = Create("cat own; exit 3");
        var second = Id[..^1] + "x";
        await other.CreateAsync(Specify() with { Id = second, Files = copy }, token);

        (await other.WaitForEndAsync(second, token)).Should().Be(new SandboxEnd(3, false, "1"));
        await other.KillAsync(second, null, token);
        await engine.KillAsync(Id, null, token);
    }

    private static SandboxSpecification Specify() => new() { Id = Id, Template = new SandboxTemplate { Id = "test" } };

    private ProcessEngine Create(string script) =>
        new(new ProcessEngineOptions { DataDirectory = _directory, Command = ["/bin/sh", "-c", script] });

    // The script writes into a named pipe when it has done what matters; opening it waits for the script.
    private async Task WaitAsync(string id, CancellationToken token)
    {
        var home = Path.Combine(_directory, "sandboxes", id, "home");
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(home, "ready") { EnableRaisingEvents = true };
        watcher.Created += (_, _) => found.TrySetResult();
        if (!File.Exists(Path.Combine(home, "ready"))) await found.Task.WaitAsync(token);
        await Task.Run(() => File.ReadAllText(Path.Combine(home, "ready")), token);
    }
}
