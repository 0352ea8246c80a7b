using System.Diagnostics;
using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.Launching.Local;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Protocol.Files;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.RunDirectories;

/// <summary>Files of another user at the places of run directories. Needs root, which can act as that user.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
public sealed class OtherUserTests : IDisposable
{
    private const UnixFileMode Everybody = (UnixFileMode)0x1FF;
    private const int Other = 65534;

    private readonly TemporaryDirectory _directory = new();
    private readonly List<(string Path, string Problem)> _passedOver = [];

    public OtherUserTests() => File.SetUnixFileMode(_directory.Path, Everybody | UnixFileMode.StickyBit);

    private RunRoots Roots => new(null, name => name == "HOME" ? "/nowhere" : null, _directory.Path);

    private string Usual => _directory.Combine($"kernel-gateway-{UnixFile.EffectiveUserId}");

    [SetUp]
    public void RequireRoot()
    {
        if (UnixFile.EffectiveUserId != 0) Assert.Ignore("Only root can act as a second user.");
    }

    public void Dispose() => _directory.Dispose();

    [Test, CancelAfter(30_000)]
    public async Task Directory_of_another_user_is_passed_over_and_left_as_it_is(CancellationToken cancellationToken)
    {
        await AsOtherAsync($"mkdir -m 777 '{Usual}'", cancellationToken);

        await using var directory = RunDirectory.Create(Roots, (path, problem) => _passedOver.Add((path, problem)));

        _passedOver.Should().ContainSingle().Which.Should().Be((Usual, "it belongs to another user (id 65534)"));
        Path.GetDirectoryName(directory.Path).Should().StartWith(Usual + "-");
        UnixFile.Describe(Usual, followLink: false).OwnerId.Should().Be(Other, "the gateway does not take over directories of other users");
        Directory.EnumerateFileSystemEntries(Usual).Should().BeEmpty();
        Roots.FindExisting().Should().Equal(Path.GetDirectoryName(directory.Path)!);
    }

    [Test, CancelAfter(30_000)]
    public async Task Link_of_another_user_is_not_followed(CancellationToken cancellationToken)
    {
        var elsewhere = Directory.CreateDirectory(_directory.Combine("elsewhere")).FullName;
        await AsOtherAsync($"ln -s '{elsewhere}' '{Usual}'", cancellationToken);

        await using var directory = RunDirectory.Create(Roots, (path, problem) => _passedOver.Add((path, problem)));

        _passedOver.Should().ContainSingle().Which.Problem.Should().Be("it is a symbolic link");
        Directory.EnumerateFileSystemEntries(elsewhere).Should().BeEmpty();
    }

    [Test, CancelAfter(30_000)]
    public async Task Directory_that_another_user_could_replace_is_passed_over(CancellationToken cancellationToken)
    {
        await AsOtherAsync($"mkdir -m 777 '{_directory.Combine("tmp")}'", cancellationToken);
        var roots = new RunRoots(_directory.Combine("tmp", "run"), _ => null, _directory.Path);

        await using var directory = RunDirectory.Create(roots, (path, problem) => _passedOver.Add((path, problem)));

        _passedOver.Should().ContainSingle().Which.Problem.Should().Contain("who could replace it");
        directory.Path.Should().StartWith(Usual + "-");
    }

    [Test, CancelAfter(30_000)]
    public async Task Records_of_another_user_are_not_believed(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var process = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);
        var record = bench.RunEntries.Single(entry => Path.GetFileName(entry).StartsWith("record-", StringComparison.Ordinal));
        var text = await File.ReadAllTextAsync(record, cancellationToken);
        var planted = Path.Combine(Usual, "1-dead");
        // In a directory of the other user, and in one of root that everybody can write to.
        foreach (var root in new[] { Usual, _directory.Combine("open") })
        {
            if (root != Usual) File.SetUnixFileMode(Directory.CreateDirectory(root).FullName, Everybody);
            await AsOtherAsync($"mkdir -p -m 700 '{root}/1-dead' && printf '1 x\\n' > '{root}/1-dead/owner' && cat > '{root}/1-dead/{Path.GetFileName(record)}'", cancellationToken, text);
        }

        (await OrphanSearch.RunAsync(Roots, cancellationToken)).Should().BeEmpty();
        (await OrphanedKernel.FindAllAsync(_directory.Combine("open"), cancellationToken)).Should().BeEmpty();

        process.Exited.IsCompleted.Should().BeFalse();
        File.Exists(Path.Combine(planted, "owner")).Should().BeTrue();
    }

    [Test, CancelAfter(30_000)]
    public async Task Process_of_another_user_with_the_mark_is_not_recognized(CancellationToken cancellationToken)
    {
        const string Mark = "/somewhere/kernel-x.json";
        using var fifo = new Fifo(_directory.Combine("fifo"));
        File.SetUnixFileMode(fifo.Path, Everybody);
        using var process = StartAsOther($"echo $$ > '{fifo.Path}'; exec sleep 1000", (KernelMark.VariableName, Mark));
        var processId = int.Parse(await fifo.ReadLineAsync(cancellationToken));

        new KernelMark(Mark).IsCarriedBy(processId).Should().BeFalse();
        new KernelMark(Mark).FindProcesses().Should().BeEmpty();

        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
    }

    private static async Task AsOtherAsync(string script, CancellationToken cancellationToken, string input = "")
    {
        using var process = StartAsOther(script);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        process.ExitCode.Should().Be(0);
    }

    private static Process StartAsOther(string script, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("setpriv", [$"--reuid={Other}", $"--regid={Other}", "--clear-groups", "/bin/sh", "-c", script])
        {
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
