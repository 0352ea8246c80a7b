using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Packaging;

/// <summary>
/// The samples of E2B's documentation in C# (<c>samples/e2b</c>), built against the packed packages, against a control plane: each prints what the
/// documentation says.
/// </summary>
[RequiresKernel]
[NonParallelizable] // The packages are packed in the source tree.
[FixtureLifeCycle(LifeCycle.SingleInstance)]   // one control plane for all cases; each has sandboxes of its own
public sealed class E2BSampleTests
{
    private const int TestTimeout = 120_000;

    private SandboxPlane _plane = null!;

    [OneTimeSetUp]
    public async Task Build()
    {
        _plane = await SandboxPlane.StartAsync("bubblewrap");
        await SampleProjects.BuildAsync();
    }

    [OneTimeTearDown]
    public async Task StopTheControlPlane()
    {
        if (_plane is not null) await _plane.DisposeAsync();
    }

    [TestCase("hello-world", "Hello, World!\n0 results\n")]
    [TestCase(
        "result-fields",
        """
        display data [html]: <b>html</b>
        display data [markdown]: *markdown*
        display data [latex]: $latex$
        display data [json]: {"a":[1]}
        main result []: 42
        42

        """)]
    [TestCase("errors", "NameError\nname 'x' is not defined\nTrue\nbefore\n2\n")]
    [TestCase(
        "interpret-results",
        """
        There was an error during execution: ZeroDivisionError: division by zero.
        These are results of the execution: Result 1: [Main result]: 120
        There was no result of the execution, but here are the logs: Stdout: only a log
        There was no output of the execution.

        """)]
    [TestCase("shared-context", "2\n")]
    [TestCase("sandbox-variables", "Hello\n")]
    [TestCase("process-variables", "Hello World!\nGoodbye\n")]
    [TestCase("create-directory", "below True\n")]
    [TestCase(
        "write-to-file",
        "Hello World!\nerror writing to file '/dir/hello.txt': open /dir/hello.txt: no such file or directory\n")]
    [TestCase("write-bytes", "Hello world\n")]
    [TestCase("stop-process", "'', exit code -1\n")]
    [TestCase("stream-stdout", "sandbox Hello World!\nprocess Hello World!\n")]
    [TestCase(
        "stream-stderr",
        "[sandbox] /bin/bash: line 1: golang: command not found\n[process] /bin/bash: line 1: golang: command not found\n")]
    [TestCase("on-process-exit", "[sandbox] process ended\n[process] process ended: 0\n")]
    [TestCase("send-stdin", "AI Playground\n")]
    [TestCase("directory-of-the-sandbox", "/code\n/home\n")]
    [TestCase("relative-paths", "Welcome to E2B!\nWe hope you have a great day!\n")]
    [TestCase("directory-of-a-process", "/code\n/home\n")]
    [TestCase("timeouts", "started\nTrue\nHello World!\n")]
    [TestCase("metadata", "Hello World!\n")]
    [TestCase("reconnect", "Hello World!\n", Category = "EveryVariant")] // It waits longer than a sandbox lives that is not kept alive.
    [TestCase("create-context", "Hello, world!\n")]
    [TestCase("list-contexts", "python\nTrue\n")]
    [TestCase("restart-context", "name 'x' is not defined\n")]
    [TestCase("remove-context", "False\n")]
    [CancelAfter(TestTimeout)]
    public async Task Sample_prints_what_the_documentation_says(string name, string expected)
    {
        (await RunAsync(name)).Should().Be(expected);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Options_of_a_cell_separate_its_streams_results_and_kernel()
    {
        var output = await RunAsync("options-of-a-cell");

        // The kernel sends its two streams apart, in either order.
        output.Should().Contain("stdout: False\n").And.Contain("stderr: oops\n")
            .And.EndWith("result: 42\n2 kernels\n'of the default kernel'\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Chart_is_a_png_image()
    {
        ClientScript.RequirePythonModules("matplotlib");

        (await RunAsync("charts")).Should().Be("89504E47\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Output_is_streamed_in_its_order()
    {
        ClientScript.RequirePythonModules("pandas");

        (await RunAsync("streaming")).Should().MatchRegex(@"^hello\n +A +B\n0 +1 +2\n1 +3 +4\nworld\n$");
    }

    [TestCase("list-directory", "Is 'etc' directory? True\n")]
    [TestCase("read-from-file", "localhost")]
    [TestCase("read-bytes", "localhost")]
    [TestCase("start-process", "\"version\": \"1.0.0\"")]
    [CancelAfter(TestTimeout)]
    public async Task Sample_prints_what_the_sandbox_has(string name, string expected)
    {
        (await RunAsync(name)).Should().Contain(expected);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Watch_of_a_directory_sees_that_each_file_is_created_and_written()
    {
        var lines = (await RunAsync("watch-directory")).Split('\n');

        for (var i = 0; i < 10; i++)
        {
            lines.Where(line => line.EndsWith($" /home/file{i}.txt", StringComparison.Ordinal)).Select(line => line.Split(' ')[0])
                .Should().Equal("Create", "Chmod", "Write");
        }
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Urls_have_the_id_of_the_sandbox_and_the_port()
    {
        var host = $"localhost:{_plane.Url.Port}";
        (await RunAsync("sandbox-url")).Should().MatchRegex($@"^https://(i[a-z0-9]{{20}})\.{host}\nhttps://3000-\1\.{host}\n$");
    }

    private async Task<string> RunAsync(string name)
    {
        var url = _plane.Url.GetLeftPart(UriPartial.Authority);
        var start = SampleProjects.StartOf("e2b", name);
        (start.Environment["E2B_API_KEY"], start.Environment["E2B_API_URL"], start.Environment["E2B_SANDBOX_URL"]) = (_plane.Key, url, url);

        var (exitCode, output) = await ProgramRun.RunAsync(start, TestContext.CurrentContext.CancellationToken);

        exitCode.Should().Be(0, output);
        return output;
    }
}
