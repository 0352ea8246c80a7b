using System.Security.Cryptography;
using KernelGateway.ControlPlane.AspNetCore.Rest;
using KernelGateway.ControlPlane.AspNetCore.Routing;
using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Sandboxes;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Teams;
using KernelGateway.ControlPlane.Templates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace KernelGateway.ControlPlane.AspNetCore.Hosting;

/// <summary>A control plane with its database and its engine, and its routes in an application.</summary>
internal sealed class ControlPlaneHost : IAsyncDisposable
{
    private readonly SandboxDependencies _plane;
    private readonly SandboxLifecycle _lifecycle;
    private readonly ApiKeys _keys;
    private SandboxRouting? _routing;

    private ControlPlaneHost(SandboxDependencies plane, ApiKeys keys, string? firstKey)
    {
        _plane = plane;
        _keys = keys;
        FirstKey = firstKey;
        _lifecycle = new SandboxLifecycle(plane);
    }

    /// <summary>Gets the key that was created because there was none; null otherwise.</summary>
    public string? FirstKey { get; }

    /// <summary>Gets the settings.</summary>
    public ControlPlaneOptions Options => _plane.Options;

    /// <summary>Gets a task that completes with the reason when this control plane must not go on.</summary>
    public Task<Exception> WhenLost => _lifecycle.WhenLost;

    /// <summary>Adds the services that <see cref="Map"/> needs.</summary>
    public static void AddServices(IServiceCollection services)
    {
        services.AddRoutingCore();
        services.AddHttpForwarder();
    }

    /// <summary>Opens the database, finds the sandboxes that are alive, and creates the first API key.</summary>
    /// <param name="engine">The engine; the host disposes it.</param>
    /// <param name="store">The database; the host disposes it.</param>
    /// <param name="templates">The templates.</param>
    /// <param name="options">The settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Creates the logs.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<ControlPlaneHost> StartAsync(
        ISandboxEngine engine,
        ControlPlaneStore store,
        TemplateCatalog templates,
        ControlPlaneOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        var seed = await store.GetSettingAsync(
            SandboxTokens.SettingName, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SandboxTokens.SeedBytes)), cancellationToken);
        var report = await engine.CheckAsync(cancellationToken);
        var plane = new SandboxDependencies(
            engine, report, store, templates, new TeamLimits(time), new SandboxTokens(Convert.FromHexString(seed)), options, time, loggers);
        var keys = new ApiKeys(store, time);
        var host = new ControlPlaneHost(plane, keys, await keys.CreateFirstAsync(cancellationToken));
        await host._lifecycle.StartAsync(cancellationToken);
        return host;
    }

    /// <summary>Adds the router, which runs first, and the routes.</summary>
    public void Map(WebApplication app)
    {
        var surface = new ControlPlaneSurface(_plane, _lifecycle, _keys);
        var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        var routing = _routing = new SandboxRouting(surface, app.Services.GetRequiredService<IHttpForwarder>(), stopping);
        app.Use(next => context => routing.InvokeAsync(context, next));
        app.UseRouting();
        ControlPlaneRoutes.Map(app, surface);
    }

    /// <summary>Ends the control plane. The sandboxes live on.</summary>
    public async ValueTask DisposeAsync()
    {
        _routing?.Dispose();
        await _lifecycle.DisposeAsync();
        await _plane.Engine.DisposeAsync();
        await _plane.Store.DisposeAsync();
    }
}
