using FluentAssertions;
using KernelGateway.Client.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace KernelGateway.Client.Tests.Hosting;

[CancelAfter(60_000)]
public sealed class AddKernelGatewayClientTests
{
    [Test]
    public async Task Client_uses_the_handlers_that_the_host_adds(CancellationToken token)
    {
        await using var server = await ServedGateway.StartAsync();
        var counter = new CountingHandler();
        var services = new ServiceCollection();
        services.AddKernelGatewayClient(options =>
        {
            options.Address = server.Address;
            options.Token = ServedGateway.Token;

            // The factory keeps its connections for the next client, beyond the end of the test.
            options.Headers["Connection"] = "close";
        }).AddHttpMessageHandler(() => counter);
        await using var provider = services.BuildServiceProvider();

        var result = await provider.GetRequiredService<ICodeInterpreter>().RunAsync("return 42", cancellationToken: token);

        result.Text.Should().Be("42");
        counter.Requests.Should().Be(1);
    }

    [Test]
    public void Options_are_checked_when_the_client_is_made()
    {
        var services = new ServiceCollection();
        services.AddKernelGatewayClient(options => options.Address = new Uri("ftp://x"));
        using var provider = services.BuildServiceProvider();

        provider.Invoking(one => one.GetRequiredService<GatewayClient>()).Should().Throw<ArgumentException>().WithMessage("Address: *ftp://x*");
    }

    [Test]
    public void Interpreter_of_the_host_is_kept()
    {
        var own = new GatewayClient("http://127.0.0.1:1");
        var services = new ServiceCollection();
        services.AddSingleton<ICodeInterpreter>(own);
        services.AddKernelGatewayClient();
        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<ICodeInterpreter>().Should().BeSameAs(own);
    }

    private sealed class CountingHandler : DelegatingHandler
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
