using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

[RequiresKernel]
public sealed class AllowedEnvironmentTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task Variables_that_the_option_names_reach_the_kernel_and_others_do_not(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(
            cancellationToken, "--warm", "none", "--auth", "none", "--allow-env", "WANTED_*", "--allow-env", "PLAIN", "--max-kernels", "1");
        using var client = new HttpClient { BaseAddress = server.Url };
        var env = new Dictionary<string, string> { ["WANTED_ONE"] = "1", ["PLAIN"] = "2", ["KERNEL_THREE"] = "3", ["UNWANTED"] = "4" };

        using var started = await client.PostAsJsonAsync("/api/kernels", new { name = "python3", env }, cancellationToken);
        using var beyond = await client.PostAsJsonAsync("/api/kernels", new { name = "python3" }, cancellationToken);

        started.StatusCode.Should().Be(HttpStatusCode.Created);
        beyond.StatusCode.Should().Be(HttpStatusCode.Forbidden, "one kernel is the limit");
        var id = (string)JObject.Parse(await started.Content.ReadAsStringAsync(cancellationToken))["id"]!;
        const string Code = "import os; print([os.environ.get(name) for name in ('WANTED_ONE', 'PLAIN', 'KERNEL_THREE', 'UNWANTED')])";
        using var executed = await client.PostAsJsonAsync("/execute", new { code = Code, context_id = id }, cancellationToken);
        (await executed.Content.ReadAsStringAsync(cancellationToken)).Should().Contain("['1', '2', '3', None]");
    }
}
