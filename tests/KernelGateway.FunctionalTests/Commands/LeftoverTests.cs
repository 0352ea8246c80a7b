using System.Runtime.Versioning;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Commands;

/// <summary>What a run of the tests may leave behind, and what makes it fail. Stub programs stand in for the tests.</summary>
[Platform("Linux")]
[SupportedOSPlatform("linux")]
[CancelAfter(60_000)]
public sealed class LeftoverTests : IDisposable
{
    private readonly ScriptBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [TestCase("touch $TMPDIR/forgotten", "file .*/forgotten")]
    [TestCase("setsid sleep 1000 </dev/null >/dev/null 2>&1 &", "process [0-9]+ sleep 1000")]
    [TestCase("env -i PATH=$PATH setsid sleep 1000 </dev/null >/dev/null 2>&1 &", "process [0-9]+ sleep 1000")]
    [TestCase("echo 'descriptor of X: 1 x socket' > $OPEN_DESCRIPTORS_DIRECTORY/X", "descriptor of X: 1 x socket")]
    public async Task What_the_tests_leave_fails_the_run(string command, string expected, CancellationToken token)
    {
        var directory = _bench.PathOf("tmp");
        Directory.CreateDirectory(directory);

        _bench.Set("TMPDIR", directory).Set("WHILE_TESTING", command);

        var (exitCode, output) = await _bench.RunAsync("test.sh", "--fast", token);

        exitCode.Should().Be(1, output);
        output.Should().MatchRegex($"the tests have left:\n{expected}\n").And.Contain("2 passed, 0 failed, 0 skipped");
        Directory.EnumerateFileSystemEntries(directory).Should().BeEmpty();
    }

    [TestCase("touch $TMPDIR/dotnet-diagnostic-1-2-socket")]
    [TestCase("setsid bash -c \"exec -a 'VBCSCompiler -pipename:x' sleep 1000\" </dev/null >/dev/null 2>&1 &")]
    [TestCase("touch $TMPDIR/temporary; (sleep 0.2; rm $TMPDIR/temporary) &")]
    public async Task What_the_runtime_leaves_and_what_is_about_to_go_are_no_failure(string command, CancellationToken token)
    {
        var (exitCode, output) = await _bench.Set("WHILE_TESTING", command).RunAsync("test.sh", "--fast", token);

        exitCode.Should().Be(0, output);
        output.Should().NotContain("have left");
    }
}
