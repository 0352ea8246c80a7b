using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Remote;

/// <summary><c>kernel-gateway cp</c> against the real command <c>serve</c>.</summary>
public sealed class CopyCommandTests : RemoteTests
{
    private const UnixFileMode Executable = UnixFileMode.UserExecute;

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task File_goes_there_and_back_byte_for_byte(CancellationToken cancellationToken)
    {
        var bytes = new byte[2_000_003];
        new Random(2).NextBytes(bytes);
        await File.WriteAllBytesAsync(LocalPath("round"), bytes, cancellationToken);

        await SucceedAsync(cancellationToken, "cp", "round", $":{RemotePath("there/round")}");
        await SucceedAsync(cancellationToken, "cp", $":{RemotePath("there/round")}", "back/round");

        foreach (var path in new[] { RemotePath("there/round"), LocalPath("back/round") })
            (await File.ReadAllBytesAsync(path, cancellationToken)).AsSpan().SequenceEqual(bytes).Should().BeTrue(path);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task File_gets_its_name_in_a_directory(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(LocalPath("named"), "content", cancellationToken);
        Directory.CreateDirectory(RemotePath("into"));
        Directory.CreateDirectory(LocalPath("from"));

        await SucceedAsync(cancellationToken, "cp", "named", ":");
        await SucceedAsync(cancellationToken, "cp", "named", $":{RemotePath("into")}");
        await SucceedAsync(cancellationToken, "cp", "named", $":{RemotePath("new/")}");
        await SucceedAsync(cancellationToken, "cp", $":{RemotePath("named")}", "from");

        File.ReadAllText(RemotePath("named")).Should().Be("content");
        File.ReadAllText(RemotePath("into/named")).Should().Be("content");
        File.ReadAllText(RemotePath("new/named")).Should().Be("content");
        File.ReadAllText(LocalPath("from/named")).Should().Be("content");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Directory_is_copied_with_what_is_in_it(CancellationToken cancellationToken)
    {
        Create(LocalPath("tree/a.txt"), "a");
        Create(LocalPath("tree/below/run.sh"), "#!/bin/sh\n", isExecutable: true);
        Directory.CreateDirectory(LocalPath("tree/empty"));
        File.CreateSymbolicLink(LocalPath("tree/link.txt"), "a.txt");

        await SucceedAsync(cancellationToken, "cp", "tree", $":{RemotePath("sent")}");
        await SucceedAsync(cancellationToken, "cp", $":{RemotePath("sent")}", "received");

        foreach (var root in new[] { RemotePath("sent"), LocalPath("received") })
        {
            Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(root, path))
                .Should().BeEquivalentTo("a.txt", "link.txt", "empty", "below", "below/run.sh");
            File.ReadAllText(Path.Combine(root, "link.txt")).Should().Be("a");
            Mode(Path.Combine(root, "below/run.sh")).Should().HaveFlag(Executable);
            Mode(Path.Combine(root, "a.txt")).Should().NotHaveFlag(Executable);
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Existing_directory_gets_the_directory_or_its_content(CancellationToken cancellationToken)
    {
        Create(LocalPath("source/a.txt"), "a");
        Directory.CreateDirectory(RemotePath("existing"));
        Directory.CreateDirectory(LocalPath("here"));

        await SucceedAsync(cancellationToken, "cp", "source", $":{RemotePath("existing")}");
        await SucceedAsync(cancellationToken, "cp", "source/.", $":{RemotePath("existing")}");
        await SucceedAsync(cancellationToken, "cp", $":{RemotePath("existing/source")}", "here");
        await SucceedAsync(cancellationToken, "cp", $":{RemotePath("existing/source/.")}", "here");

        File.Exists(RemotePath("existing/source/a.txt")).Should().BeTrue();
        File.Exists(RemotePath("existing/a.txt")).Should().BeTrue();
        File.Exists(LocalPath("here/source/a.txt")).Should().BeTrue();
        File.Exists(LocalPath("here/a.txt")).Should().BeTrue();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Pipe_and_link_to_a_directory_are_left_out_and_told(CancellationToken cancellationToken)
    {
        Create(LocalPath("special/a.txt"), "a");
        File.CreateSymbolicLink(LocalPath("special/circle"), ".");
        await ProgramRun.RunAsync("mkfifo", [LocalPath("special/pipe")], cancellationToken);

        var (exitCode, _, error) = await RunAsync(cancellationToken, "cp", "special", $":{RemotePath("special")}");

        exitCode.Should().Be(0, error);
        error.Should().Contain("special/circle' is not copied").And.Contain("special/pipe' is not copied");
        Directory.EnumerateFileSystemEntries(RemotePath("special")).Should().Equal(RemotePath("special/a.txt"));
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Dash_is_the_standard_input_or_output(CancellationToken cancellationToken)
    {
        var path = $":{RemotePath("piped.txt")}";
        using (var run = Start("cp", "-", path))
        {
            await run.Input.WriteAsync("through a pipe");
            (await run.WaitAsync(cancellationToken)).ExitCode.Should().Be(0);
        }

        var output = await SucceedAsync(cancellationToken, "cp", path, "-");

        output.Should().Be("through a pipe");
    }

    [TestCase(1, "does not exist", "cp", "no-such-file", ":x")]
    [TestCase(1, "does not exist", "cp", ":no-such-file", "x")]
    [TestCase(1, "is a directory", "cp", ":/tmp", "-")]
    [TestCase(1, "is a directory", "cp", "-", ":/tmp")]
    [TestCase(1, "is not a directory", "cp", ".", ":/etc/passwd")]
    [TestCase(1, "neither a regular file nor a directory", "cp", ":/dev/null", "x")]
    [TestCase(1, "refused the token", "cp", "--token", "wrong", ":/etc/passwd", "x")]
    [TestCase(1, "cannot be reached", "cp", "--url", "http://127.0.0.1:1", ":/etc/passwd", "x")]
    [TestCase(2, ":PATH", "cp", "a", "b")]
    [TestCase(2, ":PATH", "cp", ":a", ":b")]
    [TestCase(2, "empty", "cp", ":a", "")]
    [CancelAfter(TestTimeout)]
    public async Task Failure_is_told_in_a_sentence_and_leaves_nothing(int code, string said, params string[] arguments)
    {
        var (exitCode, _, error) = await RunAsync(TestContext.CurrentContext.CancellationToken, arguments);

        exitCode.Should().Be(code, error);
        error.Should().Contain(said).And.NotContain("   at ");
        File.Exists(LocalPath("x")).Should().BeFalse();
    }

    private static void Create(string path, string content, bool isExecutable = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        if (isExecutable && !OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Mode(path) | Executable);
    }

    private static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);
}
