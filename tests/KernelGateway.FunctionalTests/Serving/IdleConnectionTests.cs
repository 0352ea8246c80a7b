using FluentAssertions;
using KernelGateway.Server.Configuration;
using KernelGateway.Server.Serve;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.FunctionalTests.Serving;

/// <summary>The configuration of <c>serve</c>: waiting for ten minutes would show the same.</summary>
public sealed class IdleConnectionTests
{
    [Test]
    public async Task Idle_connections_outlive_those_of_load_balancers()
    {
        var settings = Settings.Load(new Dictionary<string, string?> { ["Port"] = "0", ["Http:Authentication"] = "None" });
        await using var host = ServerHost.Build(settings, TextWriter.Null);

        var limits = host.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

        limits.KeepAliveTimeout.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(610));
    }
}
