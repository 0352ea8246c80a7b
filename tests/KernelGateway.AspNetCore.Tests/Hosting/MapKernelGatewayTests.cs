using System.Net;
using FluentAssertions;
using KernelGateway.AspNetCore.Description;
using KernelGateway.AspNetCore.Tests.Support;
using KernelGateway.Testing.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace KernelGateway.AspNetCore.Tests.Hosting;

public class MapKernelGatewayTests
{
    private const int TestTimeout = 60_000;

    [Test]
    public async Task Missing_registration_is_named()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();

        app.Invoking(application => application.MapKernelGateway())
            .Should().Throw<InvalidOperationException>().WithMessage("*AddKernelGateway*");
    }

    [Test]
    public async Task Options_that_cannot_work_are_refused_before_anything_is_mapped()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddKernelGateway().ConfigureHttp(options => options.KeepAliveInterval = TimeSpan.Zero);
        await using var app = builder.Build();

        app.Invoking(application => application.MapKernelGateway())
            .Should().Throw<OptionsValidationException>().WithMessage("*KeepAliveInterval*");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Token_that_had_to_be_made_is_logged_once_and_works(CancellationToken cancellationToken)
    {
        var log = new LogCollector();
        await using var app = Build(log);
        app.MapKernelGateway();
        await app.StartAsync(cancellationToken);
        var entry = await log.WaitForAsync(5004, cancellationToken);
        var token = entry.Message.Split(' ')[^1];
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        using var refused = await client.GetAsync("/contexts", cancellationToken);
        client.DefaultRequestHeaders.Add("X-API-Key", token);
        using var served = await client.GetAsync("/contexts", cancellationToken);

        refused.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        served.StatusCode.Should().Be(HttpStatusCode.OK);
        log.Entries.Where(one => one.EventId.Id == 5004).Should().ContainSingle();
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Group_gives_the_routes_a_prefix_and_the_rest_of_the_application_is_left_alone(CancellationToken cancellationToken)
    {
        await using var app = Build(new LogCollector());
        app.MapGroup("/kernels").MapKernelGateway();
        app.MapGet("/mine", () => "mine");
        await app.StartAsync(cancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        using var health = await client.GetAsync("/kernels/health", cancellationToken);
        using var guarded = await client.GetAsync("/kernels/contexts", cancellationToken);
        var mine = await client.GetStringAsync("/mine", cancellationToken);

        health.StatusCode.Should().Be(HttpStatusCode.OK);
        guarded.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        mine.Should().Be("mine");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Conventions_apply_to_every_route_but_health(CancellationToken cancellationToken)
    {
        await using var app = Build(new LogCollector());
        app.MapKernelGateway().WithMetadata(new HostsOwn());
        await app.StartAsync(cancellationToken);

        var endpoints = app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

        var open = endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HostsOwn>() is null && endpoint.Metadata.GetMetadata<RouteDescription>() is not null);
        open.Select(endpoint => endpoint.RoutePattern.RawText).Should().Equal("/health");
        endpoints.Should().Contain(endpoint => endpoint.Metadata.GetMetadata<HostsOwn>() != null);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Ready_waits_for_what_the_host_waits_for(CancellationToken cancellationToken)
    {
        var isWarm = false;
        await using var server = await GatewayServer.StartAsync(http: options => options.IsReady = () => isWarm);
        await server.Client.CreateContextAsync(cancellationToken);

        using var before = await server.Client.GetAsync("/ready", cancellationToken);
        isWarm = true;
        using var after = await server.Client.GetAsync("/ready", cancellationToken);

        before.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable, "one kernel of several has answered");
        after.StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Ready_is_true_once_a_kernel_has_answered_and_not_before(CancellationToken cancellationToken)
    {
        await using var server = await GatewayServer.StartAsync();

        using var before = await server.Client.GetAsync("/ready", cancellationToken);
        await server.Client.CreateContextAsync(cancellationToken);
        using var after = await server.Client.GetAsync("/ready", cancellationToken);

        before.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await before.JsonAsync(cancellationToken))["ready"]!.ToString().Should().Be("False");
        after.StatusCode.Should().Be(HttpStatusCode.OK);
        (await after.JsonAsync(cancellationToken))["ready"]!.ToString().Should().Be("True");
    }

    [Test]
    [CancelAfter(TestTimeout)]
    public async Task Gateway_cannot_be_asked_for_before_the_host_has_started()
    {
        await using var app = Build(new LogCollector());

        app.Services.Invoking(services => services.GetRequiredService<Gateway>())
            .Should().Throw<InvalidOperationException>().WithMessage("*start the host*");
    }

    private static WebApplication Build(LogCollector log)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(log);
        builder.Services.AddKernelGateway();
        return builder.Build();
    }
}
