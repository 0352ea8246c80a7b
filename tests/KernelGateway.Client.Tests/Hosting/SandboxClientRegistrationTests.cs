using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Hosting;

public sealed class SandboxClientRegistrationTests
{
    [Test]
    public async Task Client_uses_the_registered_http_client_and_options()
    {
        var sent = new List<string>();
        await using var server = await WebServer.StartAsync(
            context =>
            {
                sent.Add($"{context.Request.Path} {context.Request.Headers["X-API-KEY"]} {context.Request.Headers["X-Added"]}");
                context.Response.StatusCode = 204;
                return Task.CompletedTask;
            },
            "http://127.0.0.1:0");
        var services = new ServiceCollection();
        services.AddSandboxClient(options => (options.ApiUrl, options.ApiKey, options.Debug) = ($"http://127.0.0.1:{server.Port}", "e2b_0", false))
            .ConfigureHttpClient(http =>
            {
                http.DefaultRequestHeaders.Add("X-Added", "by the host");

                // The factory keeps its connections for the next client, beyond the end of the test.
                http.DefaultRequestHeaders.ConnectionClose = true;
            });
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<SandboxClient>().KillAsync("i1");

        sent.Should().Equal("/sandboxes/i1 e2b_0 by the host");
    }
}
