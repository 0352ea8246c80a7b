using System.Net;
using FluentAssertions;
using KernelGateway.FunctionalTests.Support;
using Newtonsoft.Json.Linq;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

public sealed class BasePathTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task Everything_is_below_the_base_path_and_nothing_elsewhere(CancellationToken cancellationToken)
    {
        await using var server = await ServerProcess.StartAsync(
            cancellationToken, "--warm", "none", "--auth", "none", "--base-url", "/kernels/one/");
        using var client = new HttpClient { BaseAddress = new Uri(server.Url.GetLeftPart(UriPartial.Authority)) };

        server.Url.AbsolutePath.Should().Be("/kernels/one");
        await server.Lines.WaitForAsync(line => line.Contains($"curl -N {server.Url}/execute"), cancellationToken);
        (await client.GetStringAsync("/kernels/one/health", cancellationToken)).Should().Be("\"OK\"");
        (await client.GetStringAsync("/kernels/one/contexts", cancellationToken)).Should().Be("[]");

        // The E2B SDKs produce these paths from an address that ends with a slash.
        (await client.GetStringAsync("/kernels/one//contexts", cancellationToken)).Should().Be("[]");
        (await client.GetStringAsync("/kernels//one///contexts", cancellationToken)).Should().Be("[]");
        var description = JObject.Parse(await client.GetStringAsync("/kernels/one/openapi.json", cancellationToken));
        ((JObject)description["paths"]!).Properties().Should().OnlyContain(path => path.Name.StartsWith("/kernels/one/"));
        foreach (var outside in (string[])["/health", "/contexts", "/", "/kernels/health"])
        {
            using var response = await client.GetAsync(outside, cancellationToken);
            response.StatusCode.Should().Be(HttpStatusCode.NotFound, outside);
        }
    }
}
