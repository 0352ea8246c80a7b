using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Packaging;

/// <summary>The programs in <c>samples/</c>, built against the packed packages: each is run, and does what it says.</summary>
[RequiresKernel]
[NonParallelizable] // The packages are packed in the source tree.
public sealed partial class SampleTests
{
    private const int TestTimeout = PackedPackages.TestTimeout;

    [OneTimeSetUp]
    public static Task Build() => SampleProjects.BuildAsync();

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task First_program_prints_output_a_value_an_error_and_a_representation(CancellationToken cancellationToken)
    {
        var (exitCode, output) = await SampleProjects.RunAsync("HelloKernel", cancellationToken);

        exitCode.Should().Be(0, output);
        output.Should().Be(
            """
            step 0
            step 1
            step 2
            value: 45
            error: ZeroDivisionError: division by zero
            HTML: <b>45</b>
            ended: Completed

            """);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Web_host_serves_a_route_of_its_own_and_those_of_the_gateway(CancellationToken cancellationToken)
    {
        var start = SampleProjects.StartOf("WebHost", "--urls", "http://127.0.0.1:0");
        start.Environment["TOKEN"] = "token-of-the-sample";
        await using var process = await ListeningProcess.StartAsync(
            start, line => ListeningLine().Match(line) is { Success: true } match ? match.Groups["url"].Value : null, cancellationToken);
        using var client = new HttpClient { BaseAddress = process.Url };

        var statistics = JObject.Parse(await client.GetStringAsync(new Uri("statistics?numbers=1,2,6", UriKind.Relative), cancellationToken));
        using var refused = await client.GetAsync(new Uri("statistics?numbers=1,exit()", UriKind.Relative), cancellationToken);
        using var withoutToken = await client.GetAsync(new Uri("kernels/contexts", UriKind.Relative), cancellationToken);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "token-of-the-sample");
        using var executed = await client.PostAsJsonAsync("kernels/execute", new { code = "6 * 7" }, cancellationToken);

        ((double)statistics["mean"]!).Should().Be(3);
        ((double)statistics["median"]!).Should().Be(2);
        ((int)refused.StatusCode).Should().Be(400);
        ((int)withoutToken.StatusCode).Should().Be(401);
        (await executed.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("\"text\":\"42\"");
        (await process.StopAsync("-TERM", cancellationToken)).Should().Be(0, process.Output);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Queue_runs_all_jobs_and_reports_the_failed_one(CancellationToken cancellationToken)
    {
        var (exitCode, output) = await SampleProjects.RunAsync("JobQueue", cancellationToken, "jobs/report.py", "jobs/broken.py", "jobs/report.py");

        exitCode.Should().Be(1, output);
        Regex.Count(output, "report: cake 7, coffee 30, tea 12\nsum 49\n").Should().Be(2, output);
        output.Should().Contain("broken: KeyError: 'juice'\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Job_without_an_end_is_stopped_at_the_time_limit(CancellationToken cancellationToken)
    {
        var start = SampleProjects.StartOf("JobQueue", "jobs/endless.py");
        start.Environment["JOB_SECONDS"] = "0.5";

        var (exitCode, output) = await ProgramRun.RunAsync(start, cancellationToken);

        exitCode.Should().Be(1, output);
        output.Should().Be("endless: stopped at its time limit\n");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Agent_calls_its_tools_and_shows_what_the_model_got(CancellationToken cancellationToken)
    {
        var (exitCode, output) = await SampleProjects.RunAsync("AgentWithTools", cancellationToken);

        exitCode.Should().Be(0, output);
        output.Should().MatchRegex(
            """
            ^> run_code
            result:
            2668667000
            > run_command
            stdout:
            4000000
            > run_code
            result:
            \[image 1: image/png, \d+ bytes, <Figure size \S+ with 1 Axes>\]
            \(image/png for the model\)
            > run_code
            error:
            (.*
            )+IndexError: list index out of range
            The sum is 2668667000\. There are 2000 numbers, so index 2000 does not exist\.
            $
            """);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Notebooks_are_tested_and_one_with_old_outputs_fails(CancellationToken cancellationToken)
    {
        var program = SampleProjects.ProgramOf("NotebookTests");
        var notebooks = Path.Combine(Path.GetDirectoryName(program)!, "notebooks");

        var (passed, output) = await ProgramRun.RunAsync("dotnet", ["test", program, "--nologo"], cancellationToken);
        var text = await File.ReadAllTextAsync(Path.Combine(notebooks, "interest.ipynb"), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(notebooks, "old.ipynb"), text.Replace("115.76]", "110.00]", StringComparison.Ordinal), cancellationToken);
        var (failed, outputOfOld) = await ProgramRun.RunAsync("dotnet", ["test", program, "--nologo"], cancellationToken);

        passed.Should().Be(0, output);
        output.Should().MatchRegex(@"Failed:\s+0, Passed:\s+2,");
        failed.Should().Be(1, outputOfOld);
        outputOfOld.Should().MatchRegex(@"Failed:\s+1, Passed:\s+2,").And.Contain("old.ipynb");
    }

    [GeneratedRegex(@"Now listening on: (?<url>http://\S+)")]
    private static partial Regex ListeningLine();
}
