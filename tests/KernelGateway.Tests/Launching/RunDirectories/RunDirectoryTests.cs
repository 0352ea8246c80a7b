using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.Launching.RunDirectories;
using KernelGateway.Protocol.Files;
using KernelGateway.Tests.Launching.Support;
using NUnit.Framework;

namespace KernelGateway.Tests.Launching.RunDirectories;

[Platform("Linux")]
[SupportedOSPlatform("linux")]
public sealed class RunDirectoryTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Each_gateway_has_a_directory_of_its_own()
    {
        await using var first = RunDirectory.Create(_directory.Combine("run"));
        await using var second = RunDirectory.Create(_directory.Combine("run"));

        second.Path.Should().NotBe(first.Path);
        File.GetUnixFileMode(first.Path).Should().Be(Private);
    }

    [Test]
    public async Task Root_that_others_can_enter_is_closed_to_them()
    {
        var root = Directory.CreateDirectory(_directory.Combine("run")).FullName;
        File.SetUnixFileMode(root, Private | UnixFileMode.OtherRead | UnixFileMode.OtherExecute | UnixFileMode.OtherWrite);

        await using var directory = RunDirectory.Create(root);

        File.GetUnixFileMode(root).Should().Be(Private);
    }

    [Test]
    public async Task Root_that_is_a_symbolic_link_is_passed_over()
    {
        Directory.CreateDirectory(_directory.Combine("elsewhere"));
        Directory.CreateSymbolicLink(_directory.Combine("run"), _directory.Combine("elsewhere"));
        var passedOver = new List<(string, string)>();

        var roots = new RunRoots(_directory.Combine("run"), _ => null, _directory.Path);

        await using var directory = RunDirectory.Create(roots, (path, problem) => passedOver.Add((path, problem)));

        passedOver.Should().Equal((_directory.Combine("run"), "it is a symbolic link"));
        Path.GetDirectoryName(Path.GetDirectoryName(directory.Path)).Should().Be(_directory.Path);
        Directory.EnumerateFileSystemEntries(_directory.Combine("elsewhere")).Should().BeEmpty();
        roots.FindExisting().Should().Equal([Path.GetDirectoryName(directory.Path)!], "the next gateway looks for kernels there");
    }

    [Test]
    public void Directory_that_cannot_be_owned_is_not_left()
    {
        // The path of the run directory has the maximum length, so the path of the owner file in it is too long.
        const int MaxPathBytes = 4095;
        var length = MaxPathBytes - $"/{Environment.ProcessId}-abcdef".Length;
        var root = _directory.Path;
        while (length - root.Length > 1) root = Path.Combine(root, new string('d', Math.Min(200, length - root.Length - 1)));
        Directory.CreateDirectory(root, Private);

        FluentActions.Invoking(() => RunDirectory.Create(root)).Should().Throw<IOException>();

        Directory.EnumerateFileSystemEntries(root).Should().BeEmpty();
    }

    [Test]
    public void Owner_file_that_cannot_be_written_is_closed()
    {
        using var file = new FileStream(_directory.Write("owner", "1 x\n"), FileMode.Open, FileAccess.Read);
        var handle = file.SafeFileHandle;

        FluentActions.Invoking(() => RunDirectoryOwner.Create(_directory.Path, file)).Should().Throw<NotSupportedException>();

        handle.IsClosed.Should().BeTrue();
    }

    [Test]
    public async Task Runtime_directory_comes_first_and_the_home_directory_last()
    {
        foreach (var name in new[] { "runtime", "tmp", "home" }) Directory.CreateDirectory(_directory.Combine(name), Private);
        var roots = new RunRoots(
            null, name => name switch { "XDG_RUNTIME_DIR" => _directory.Combine("runtime"), "HOME" => _directory.Combine("home"), _ => null }, _directory.Combine("tmp"));
        roots.First.Should().Be(_directory.Combine("runtime", "kernel-gateway"));
        File.CreateSymbolicLink(_directory.Combine("runtime", "kernel-gateway"), _directory.Path);
        File.WriteAllText(_directory.Combine("tmp", $"kernel-gateway-{UnixFile.EffectiveUserId}"), "");
        var problems = new List<string>();

        await using var directory = RunDirectory.Create(roots, (_, problem) => problems.Add(problem));

        problems.Should().Equal("it is a symbolic link", "it is a regular file");
        Path.GetDirectoryName(directory.Path).Should().Be(_directory.Combine("home", ".cache", "kernel-gateway"));
    }

    [Test, CancelAfter(30_000)]
    public async Task Directory_that_was_removed_is_made_again_for_the_next_kernel(CancellationToken cancellationToken)
    {
        await using var bench = new LaunchBench();
        await using var first = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);
        Directory.Delete(bench.RunRoot, recursive: true);

        await using var second = await bench.LaunchAsync(LaunchBench.Shell("exec sleep 1000"), cancellationToken);

        File.Exists(second.ConnectionFilePath).Should().BeTrue();
        first.Exited.IsCompleted.Should().BeFalse();
        bench.Log.Lines.Should().ContainSingle(line => line.Contains("was removed while the gateway ran"));
        await bench.Provisioner.DisposeAsync();
        bench.RunEntries.Should().BeEmpty();
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Files_of_a_kernel_go_with_what_a_killed_program_left_beside_them(CancellationToken cancellationToken)
    {
        await using var directory = RunDirectory.Create(_directory.Combine("run"));
        var files = directory.Reserve(Guid.NewGuid().ToString());
        var history = await files.WriteAsync("OCTAVE_HISTFILE", "", cancellationToken);
        await File.WriteAllTextAsync($"{history}-15176.tmp", "pause(60)\n", cancellationToken);

        files.Delete();

        Directory.EnumerateFiles(directory.Path, "octave_histfile*").Should().BeEmpty();
    }

    [Test]
    public async Task Directory_goes_with_its_content()
    {
        var directory = RunDirectory.Create(_directory.Combine("run"));
        _directory.Write(Path.Combine(directory.Path, "ipc-x-1"), "");

        await directory.DisposeAsync();
        await directory.DisposeAsync();

        Directory.Exists(directory.Path).Should().BeFalse();
    }
}
