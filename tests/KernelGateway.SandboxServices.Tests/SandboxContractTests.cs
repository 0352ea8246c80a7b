using FluentAssertions;
using KernelGateway.Sandboxes;
using KernelGateway.SandboxServices.Tests.Support;
using NUnit.Framework;

namespace KernelGateway.SandboxServices.Tests;

/// <summary>Files and commands of this machine, by the interfaces that they share with remote sandboxes.</summary>
[CancelAfter(60_000)]
public sealed class SandboxContractTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LocalSandbox _sandbox;

    public SandboxContractTests() => _sandbox = new LocalSandbox(new LocalSandboxOptions { WorkingDirectory = _folder.Root });

    private ISandboxFiles Files => _sandbox.Files;

    private ISandboxCommands Commands => _sandbox.Commands;

    [Test]
    public async Task Text_is_written_with_its_directories_and_read_again(CancellationToken token)
    {
        var path = _folder.PathOf("new/place/a.txt");

        await Files.WriteTextAsync(path, "grüße", token);

        (await Files.ReadTextAsync(path, token)).Should().Be("grüße");
        (await Files.ReadBytesAsync(path, token)).Should().HaveCount(7, "there is no mark before UTF-8");
    }

    [Test]
    public async Task Bytes_replace_what_a_file_had(CancellationToken token)
    {
        var path = _folder.PathOf("a.bin");
        await Files.WriteTextAsync(path, "longer than three", token);

        await Files.WriteBytesAsync(path, new byte[] { 0, 255, 1 }, token);

        (await Files.ReadBytesAsync(path, token)).Should().Equal(0, 255, 1);
    }

    [Test]
    public async Task Directory_is_listed_to_a_depth(CancellationToken token)
    {
        await Files.WriteTextAsync(_folder.PathOf("d/b.txt"), "12345", token);

        var flat = await Files.ListAsync(_folder.Root, cancellationToken: token);
        var deep = await Files.ListAsync(_folder.Root, 2, token);

        flat.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Name = "d", IsDirectory = true });
        deep.Select(entry => entry.Name).Should().Equal("d", "b.txt");
        deep[1].Should().BeEquivalentTo(new { IsDirectory = false, Size = 5, Path = _folder.PathOf("d/b.txt") });
    }

    [Test]
    public async Task Directory_is_made_once(CancellationToken token)
    {
        (await Files.MakeDirectoryAsync(_folder.PathOf("x/y"), token)).Should().BeTrue();
        (await Files.MakeDirectoryAsync(_folder.PathOf("x/y"), token)).Should().BeFalse();
    }

    [Test]
    public async Task What_was_removed_does_not_exist(CancellationToken token)
    {
        await Files.WriteTextAsync(_folder.PathOf("d/a"), "", token);

        await Files.RemoveAsync(_folder.PathOf("d"), token);
        await Files.RemoveAsync(_folder.PathOf("d"), token);

        (await Files.ExistsAsync(_folder.PathOf("d/a"), token)).Should().BeFalse();
    }

    [Test]
    public async Task Failure_of_a_file_has_a_reason_and_names_the_path(CancellationToken token)
    {
        var reading = () => Files.ReadTextAsync(_folder.PathOf("none"), token);
        (await reading.Should().ThrowAsync<SandboxException>().WithMessage("*none*")).Which.Error.Should().Be(SandboxError.NotFound);

        var readingDirectory = () => Files.ReadTextAsync(_folder.Root, token);
        (await readingDirectory.Should().ThrowAsync<SandboxException>()).Which.Error.Should().Be(SandboxError.InvalidArgument);
    }

    [Test]
    public async Task Command_gives_its_output_while_it_runs_and_at_its_end(CancellationToken token)
    {
        var heard = new List<string>();

        var outcome = await Commands.RunAsync(
            "echo $GREETING; pwd >&2; exit 3",
            new CommandOptions
            {
                EnvironmentVariables = new Dictionary<string, string> { ["GREETING"] = "hällo" },
                OnStdout = heard.Add,
                OnStderr = heard.Add,
            },
            token);

        outcome.Should().BeEquivalentTo(new { Stdout = "hällo\n", Stderr = _folder.Root + "\n", ExitCode = 3, Error = "exit status 3", WasTimeLimit = false });
        string.Concat(heard).Should().Contain("hällo\n").And.Contain(_folder.Root);
    }

    [Test]
    public async Task Command_is_killed_at_its_time_limit(CancellationToken token)
    {
        var outcome = await Commands.RunAsync("sleep 1000", new CommandOptions { Timeout = TimeSpan.FromMilliseconds(1) }, token);

        outcome.Should().BeEquivalentTo(new { ExitCode = -1, WasTimeLimit = true, Error = "signal: killed" });
    }

    [Test]
    public async Task Command_whose_callback_throws_is_killed(CancellationToken token)
    {
        var running = () => Commands.RunAsync("echo x; sleep 1000", new CommandOptions { OnStdout = _ => throw new InvalidOperationException("enough") }, token);

        await running.Should().ThrowAsync<InvalidOperationException>().WithMessage("enough");
        foreach (var left in _sandbox.Commands.List()) (await left.Ended.WaitAsync(token)).Signal.Should().Be(9);
    }

    [Test]
    public async Task Command_in_a_directory_that_does_not_exist_is_refused(CancellationToken token)
    {
        var running = () => Commands.RunAsync("true", new CommandOptions { WorkingDirectory = _folder.PathOf("none") }, token);

        (await running.Should().ThrowAsync<SandboxException>()).Which.Error.Should().Be(SandboxError.NotFound);
    }

    [Test]
    public async Task Time_limit_of_zero_is_refused(CancellationToken token)
    {
        var running = () => Commands.RunAsync("true", new CommandOptions { Timeout = TimeSpan.Zero }, token);

        await running.Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    public async ValueTask DisposeAsync()
    {
        await _sandbox.DisposeAsync();
        _folder.Dispose();
    }
}
